/** What a check looks at where nothing else is said. */
export const HEALTH_DEFAULTS = {
  windowMs: 86_400_000,
  lateMs: 30_000,
  stuckFactor: 3,
} as const;
