import type { ScheduleClientInterceptor } from '@temporalio/client';
import type { ClientHost } from './client';

/** Nothing is done here yet: calls pass through. */
export function scheduleCreations(_host: ClientHost): ScheduleClientInterceptor {
  return {};
}
