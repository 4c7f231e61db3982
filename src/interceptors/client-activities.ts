import type { ActivityClientInterceptor } from '@temporalio/client';
import type { ClientHost } from './client';

/** Nothing is done here yet: calls pass through. */
export function activityStarts(_host: ClientHost): ActivityClientInterceptor {
  return {};
}
