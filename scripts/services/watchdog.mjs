// Reads what a run owns from its standard input (belongings.mjs); at the end of input it ends the processes and deletes
// the folders. It outlives the run by the moment that takes, even when the run was killed with SIGKILL.
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const groups = new Map();
const folders = new Set();
let run;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const [word, value, signal] = line.split('\t');
  if (word === 'run') run = value;
  if (word === 'group') groups.set(Number(value), signal);
  if (word === 'ended') groups.delete(Number(value));
  if (word === 'folder') folders.add(value);
}

const kill = (pid, signal) => {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
};
const alive = () => [...groups.keys()].filter((pid) => kill(-pid, 0));
async function allGone(withinMs) {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(20)) if (!alive().length) return true;
  return !alive().length;
}

// Linux: whatever still carries the run's mark was started by a test or a demo in a process group of its own.
function marked() {
  if (!run || process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`ONCE_RUN=${run}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

for (const [pid, signal] of groups) kill(-pid, signal);
if (!(await allGone(5_000))) {
  for (const pid of alive()) kill(-pid, 'SIGKILL');
  await allGone(2_000);
}
for (let round = 0, left = marked(); left.length && round < 50; round++, left = marked()) {
  for (const pid of left) kill(pid, 'SIGKILL');
  await sleep(20);
}
for (const folder of folders) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  } catch (error) {
    console.error(`! Could not delete ${folder}: ${error.message}`);
  }
}
