import { spawn, type ChildProcess } from 'node:child_process';
import { once as emitted } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { env } from '../helpers/services';

const MAIN = join(__dirname, '..', '..', 'src', 'cli', 'main.js');

/** The page in a process of its own, as the command serves it. */
export interface ServedPage {
  readonly child: ChildProcess;
  readonly url: string;
  /** At once, whatever it does. */
  end(): Promise<void>;
}

/** Runs `temporal-once ui` on any free port, until it has said where it is. @param args flags of `ui` */
export async function servePage(schema: string, args: readonly string[]): Promise<ServedPage> {
  const child = spawn(
    process.execPath,
    [MAIN, '--schema', schema, 'ui', '--port', '0', '-o', 'jsonl', ...args],
    { env: { ...process.env, DATABASE_URL: env('DATABASE_URL') }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = emitted(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const { url } = JSON.parse(line) as { url: string };
    return { child, url, end };
  }
  throw new Error('it ended without a word');
}
