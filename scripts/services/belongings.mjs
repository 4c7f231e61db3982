// Everything this run has started or laid down, written to a watchdog through a pipe as it comes. The pipe closes
// when the run ends, in whatever way: then the watchdog ends the processes and deletes the folders. So there is one
// tear-down for a normal end, a failure, Ctrl-C and SIGKILL alike.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let watchdog;
let folder;
let ending = false;

function tell(...words) {
  if (!watchdog) {
    const script = join(dirname(fileURLToPath(import.meta.url)), 'watchdog.mjs');
    watchdog = spawn(process.execPath, [script], {
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
      cwd: '/',
    });
    watchdog.stdin.on('error', () => {});
    watchdog.stdin.unref();
    watchdog.unref();
  }
  watchdog.stdin.write(`${words.join('\t')}\n`);
}

/** The run's own temporary folder, or a new folder in it. Others may pass through it: Postgres runs as another user. */
export function runFolder(name) {
  if (!folder) {
    folder = mkdtempSync(join(tmpdir(), 'once-'));
    chmodSync(folder, 0o711);
    tell('run', folder);
    ownFolder(folder);
  }
  if (!name) return folder;
  mkdirSync(join(folder, name), { recursive: true });
  return join(folder, name);
}

/** `path` is deleted when the run ends (nothing happens if it has gone, or was renamed, by then). */
export function ownFolder(path) {
  tell('folder', path);
}

/** The process group led by `pid` is ended with the run, first by `signal`. */
export function ownGroup(pid, signal = 'SIGTERM') {
  if (ending) process.kill(-pid, 'SIGKILL'); // started by a step that had not heard of the end yet
  tell('group', pid, signal);
}

export function disownGroup(pid) {
  tell('ended', pid);
}

/** Ends everything, and comes back when it has ended. */
export async function endAll() {
  ending = true;
  if (!watchdog || watchdog.exitCode !== null) return;
  const exited = once(watchdog, 'exit');
  watchdog.ref();
  watchdog.stdin.end();
  await exited;
}
