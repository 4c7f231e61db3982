import type { Command } from 'commander';
import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

/** By the flag of the Temporal CLI, `--color always|never|auto`; picocolors alone would take its bare name for a yes. */
export function colorsOf(command: Command): Colors {
  const { color } = command.optsWithGlobals<{ color: 'always' | 'never' | 'auto' }>();
  // Undefined would have picocolors decide, and it takes CI for a terminal.
  return pc.createColors(color === 'auto' ? isColorTerminal() : color === 'always');
}

function isColorTerminal(): boolean {
  return process.stdout.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}
