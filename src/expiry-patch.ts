/**
 * Patch that a run of a schedule has in its history if it expired, and only then: workflow code writes it, and the server's
 * visibility tells it as `TemporalChangeVersion`. Free of Node.
 */
export const EXPIRY_PATCH = 'temporal-once/expiry';
