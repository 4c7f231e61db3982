import { InvalidOptionError } from '../errors';
import { PlanError } from '../schedules/plan';
import { SpecError } from '../schedules/spec';
import { MissingPeerError } from '../store-errors';

/** What a command ends with, of both programs. */
export const EXIT = {
  done: 0,
  /** It could not be done, or what was asked about does not hold. */
  failed: 1,
  /** What was typed, a file that it names or this installation is wrong: found before anything is written. */
  badInput: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What is to be said has been printed: only the exit code is left. */
export class Reported extends Error {
  constructor(readonly exitCode: ExitCode) {
    super('reported');
  }
}

const BAD_INPUT = [InvalidOptionError, PlanError, SpecError, MissingPeerError];

/** The one place that makes an exit code of an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Reported) return error.exitCode;
  return BAD_INPUT.some((type) => error instanceof type) ? EXIT.badInput : EXIT.failed;
}
