import { createInterface } from 'node:readline/promises';
import { InvalidOptionError } from '../errors';

/** Asks a person, on standard error. @throws InvalidOptionError where nobody can be asked and `--yes` is missing */
export async function confirmed(question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes === true) return true;
  if (!process.stdin.isTTY)
    throw new InvalidOptionError('--yes', 'is missing', 'Nobody can be asked here: give --yes to go on');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} (yes/no) `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
