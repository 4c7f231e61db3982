import type { WeakSetting } from '../stores/upkeep';

const LOSSES: Readonly<Record<WeakSetting['setting'], string>> = {
  synchronous_commit:
    'a crash of the server loses the last commits, so an outcome that somebody has seen may be forgotten and its body run again',
  fsync: 'a crash of the machine may corrupt the database',
  full_page_writes: 'a crash of the machine may corrupt the database',
};

/** Where the server names synchronous replicas and this role does not wait for them. */
const LOCAL =
  'commits wait for no synchronous replica, so a failover to one loses the last outcomes that somebody has seen and runs their bodies again';

/** Under which setting what may be lost, and what to do. */
export function sayWeak({ setting, value }: WeakSetting): string {
  return `temporal-once: Postgres runs with ${setting}=${value}: ${value === 'local' ? LOCAL : LOSSES[setting]}. Set ${setting}=on for this role, database and server.`;
}
