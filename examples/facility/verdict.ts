import { KINDS } from './operations';
import type { RunResult } from './run';

/** What the run with the plugin has promised and not kept. */
export function complaints({ figures }: RunResult): readonly string[] {
  const broken: string[] = [];
  for (const { kind } of KINDS.filter(({ transactional }) => transactional)) {
    const duplicates = figures.kinds.find((one) => one.kind === kind)?.duplicates ?? 0;
    if (duplicates > 0)
      broken.push(`${duplicates} duplicate effects of kind ${kind}, which is transactional`);
  }
  if (figures.missing > 0) broken.push(`${figures.missing} operations without any effect`);
  return broken;
}
