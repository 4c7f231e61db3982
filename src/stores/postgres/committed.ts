/**
 * Makes the statement that has it one that commits, whatever else it does (it writes some bytes of log, for nobody to read). That a
 * claim is lost, nobody is told by a statement that wrote nothing: a primary that was replaced and does not know it answers what only
 * reads, from what it had, and of a claim that its successor gave it says `stale`. A commit it answers only when a synchronous
 * replica has it, and none follows it any more.
 * @see https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-REPLICATION (pg_logical_emit_message)
 */
export const COMMITS = `pg_logical_emit_message(true, 'temporal-once', ''::text)`;
