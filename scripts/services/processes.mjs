// Starting other programs: short ones for their output, long ones as services. Each leads a process group of its own,
// so that Ctrl-C reaches only the run, which then ends them in order.
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { disownGroup, ownGroup } from './belongings.mjs';
import { SetupError, dim } from './say.mjs';

/** Where programs are looked for: PATH, then the folders of servers that a user's PATH often lacks. */
export const searchPath = () =>
  [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ].filter(Boolean);

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const which = (name) =>
  searchPath()
    .map((folder) => join(folder, name))
    .find(isExecutable);

/** The environment without the variables that would lead a private server or a tool astray. */
export function cleanEnv(...prefixes) {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !prefixes.some((prefix) => name.startsWith(prefix))),
  );
}

/** Runs a program to its end: `{ code, out, err }`, never thrown. `show` prints its lines as they come. */
export function output(command, args, { show = false, timeout, input, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], ...options });
    let out = '';
    let err = '';
    let late = false;
    const timer = timeout && setTimeout(() => ((late = true), killGroup(child.pid)), timeout);
    if (child.pid) ownGroup(child.pid);
    const tee = (text) => show && process.stdout.write(text.replace(/^(?=.)/gm, '  ').replace(/^.+$/gm, dim));
    child.stdout.setEncoding('utf8').on('data', (text) => ((out += text), tee(text)));
    child.stderr.setEncoding('utf8').on('data', (text) => ((err += text), tee(text)));
    child.stdin.on('error', () => {}).end(input ?? '');
    const done = (code, problem) => {
      clearTimeout(timer);
      if (child.pid) disownGroup(child.pid);
      resolve({ code, out, err: problem ?? (late ? `no answer within ${timeout / 1000} s` : err) });
    };
    child.on('error', (error) => done(127, error.message));
    child.on('close', (code) => done(code ?? 1));
  });
}

export function killGroup(pid, signal = 'SIGKILL') {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

/** As `output`, but a failure is an error that says what failed and shows the last lines. */
export async function mustRun(command, args, options) {
  const result = await output(command, args, options);
  if (result.code === 0) return result;
  const last = lastLines(`${result.out}\n${result.err}`);
  throw new SetupError(`\`${[command, ...args].join(' ')}\` failed (${result.code}):\n${last}`);
}

export const lastLines = (text, count = 12) =>
  text
    .trim()
    .split('\n')
    .slice(-count)
    .map((line) => `    ${line}`)
    .join('\n');

/**
 * Starts a service and waits until `ready()` is true. Comes back with the child, or throws with the end of its log.
 * `stopBy` is the signal by which it ends in good order.
 */
export async function startService(
  name,
  command,
  args,
  { log, ready, stopBy = 'SIGTERM', limit = 60_000, ...options },
) {
  const sink = openSync(log, 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', sink, sink], ...options });
  closeSync(sink);
  let ended;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => (ended = `ended with ${signal ?? code}`));
  if (child.pid) ownGroup(child.pid, stopBy);
  for (const end = Date.now() + limit; !ended && Date.now() < end; await sleep(50)) {
    if (await ready()) {
      child.unref();
      return child;
    }
  }
  if (child.pid) killGroup(child.pid);
  throw new SetupError(
    `${name} did not start (${ended ?? `no answer within ${limit / 1000} s`}). The end of its log:\n` +
      lastLines(readFileSync(log, 'utf8') || '(empty)'),
  );
}
