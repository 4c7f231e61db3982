/** Begins the names of the activities that the plugin registers itself: the SDK reserves `__temporal_`. */
const PREFIX = 'temporal-once:';

/** Whether an activity is the package's own: never protected, and no matter of the user's. */
export function isInternal(activityType: string): boolean {
  return activityType.startsWith(PREFIX);
}
