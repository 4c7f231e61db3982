import { hostname, userInfo } from 'node:os';
import type { Command } from 'commander';
import { InvalidOptionError } from '../errors';
import type { Signed } from '../idempotency/by-hand';

export interface SignatureFlags {
  readonly why?: string;
  readonly who?: string;
  readonly yes?: true;
}

/** The flags of what is decided by hand. */
export function addSignatureFlags(command: Command): Command {
  return command
    .option('--why <text>', 'the reason, kept in the audit; required')
    .option('--who <name>', 'who decides; default: the user and the machine')
    .option('--yes', 'do not ask');
}

/** @throws InvalidOptionError where nothing says why, or nobody can be asked and `--yes` is missing */
export function signatureOf({ why, who, yes }: SignatureFlags): Signed {
  if (why === undefined || why.trim() === '')
    throw new InvalidOptionError('--why', 'is missing', 'It is kept in the audit beside what was done');
  if (yes !== true && !process.stdin.isTTY)
    throw new InvalidOptionError('--yes', 'is missing', 'Nobody can be asked here: give --yes to go on');
  return { why, who: who ?? `${userName()}@${hostname()}` };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A number without a name, as in many containers.
    return process.env['USER'] ?? 'unknown';
  }
}
