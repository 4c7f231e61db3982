// A ladder: ways to get one thing, tried in order until one gives it. A rung returns what it found, or throws an error
// with the reason why it can't.
import { SetupError } from './say.mjs';

// For trying out a lower rung: ONCE_SKIP_RUNGS="postgres:machine,temporal:sdk" passes those over.
const skipped = new Set((process.env.ONCE_SKIP_RUNGS ?? '').split(',').map((name) => name.trim()));

export class NotToBeHad extends SetupError {
  constructor(name, reasons, remedy) {
    super(
      `${name}: not to be had.\n${reasons.map((reason) => `    ${reason}`).join('\n')}\n    Remedy: ${remedy}`,
    );
    this.remedy = remedy;
  }
}

export async function climb(name, rungs, remedy) {
  const reasons = [];
  for (const [rung, attempt] of Object.entries(rungs)) {
    if (skipped.has(`${name}:${rung}`)) {
      reasons.push(`${rung}: passed over (ONCE_SKIP_RUNGS)`);
      continue;
    }
    try {
      return { rung, ...(await attempt()) };
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      reasons.push(`${rung}: ${error.message}`);
    }
  }
  throw new NotToBeHad(name, reasons, remedy);
}

export const isMac = process.platform === 'darwin';
