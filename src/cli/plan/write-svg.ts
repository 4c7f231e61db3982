import { writeFile } from 'node:fs/promises';
import { InvalidOptionError } from '../../errors';

/** What `--svg` asks for. @throws InvalidOptionError */
export async function writeSvg(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidOptionError('--svg', `the file could not be written: ${why}`, 'Give another path');
  });
}
