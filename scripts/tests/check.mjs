// A check on the whole repository by another tool. It counts as one test.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { green, red, stopwatch } from '../services/say.mjs';

const require = createRequire(import.meta.url);

/** The JavaScript file behind a package's command. */
export function commandOf(name) {
  const manifest = require.resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[name]);
}

export function runCheck(title, tool, args) {
  const took = stopwatch();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [commandOf(tool), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    child.on('close', (code) => {
      const passed = code === 0;
      console.log(`${passed ? green('✔') : red('✗')} ${title} (${tool}, ${took()})`);
      if (!passed) console.log(said.trimEnd());
      const failures = [{ title: `${title} (${tool})`, reason: said.trimEnd() }];
      resolve(passed ? { passed: 1 } : { failed: 1, failures });
    });
  });
}
