import type { WeakSetting } from '../stores/upkeep';

const LOSSES: Readonly<Record<WeakSetting['setting'], string>> = {
  synchronous_commit:
    'a crash of the server loses the last commits, so an outcome that somebody has seen may be forgotten and its body run again',
  fsync: 'a crash of the machine may corrupt the database',
  full_page_writes: 'a crash of the machine may corrupt the database',
};

/** Under which setting what may be lost, and what to do. */
export function sayWeak({ setting, value }: WeakSetting): string {
  return `temporal-once: Postgres runs with ${setting}=${value}: ${LOSSES[setting]}. Set ${setting}=on for this role, database and server.`;
}
