// The Temporal SDK for Python, which tests use as a client of another language: by pip, into the cache.
import { bring, cached } from './cache.mjs';
import { climb } from './ladder.mjs';
import { cleanEnv, mustRun, output, which } from './processes.mjs';
import { SetupError, detail, stopwatch } from './say.mjs';

const pinned = 'temporalio==1.35.0';
const folderName = 'python-temporalio-1.35.0';
const remedy = `python3 -m pip install --target FOLDER ${pinned} && export ONCE_PYTHON_SDK=FOLDER`;

/** `{ env, line }`: the folder for PYTHONPATH, and the interpreter. */
export async function providePythonSdk() {
  const { path, python, how } = await climb(
    'python-sdk',
    { given, cached: broughtEarlier, pip: byPackage },
    remedy,
  );
  return { env: { ONCE_PYTHON_SDK: path, ONCE_PYTHON_BIN: python }, line: `python-sdk: ${how}` };
}

async function use(path, how) {
  const python = which('python3') ?? which('python');
  if (!python) throw new SetupError('no python3 on PATH');
  const env = { ...cleanEnv('PYTHON'), PYTHONPATH: path };
  const { code, out, err } = await output(python, ['-c', 'import temporalio.client; print("ok")'], {
    timeout: 30_000,
    env,
  });
  if (code !== 0) throw new SetupError(`it does not load: ${(err || out).trim().split('\n').at(-1)}`);
  return { path, python, how };
}

async function given() {
  const path = process.env.ONCE_PYTHON_SDK;
  if (!path) throw new SetupError('no ONCE_PYTHON_SDK');
  return use(path, `given, at ${path}`);
}

async function broughtEarlier() {
  const path = cached(folderName);
  if (!path) throw new SetupError('nothing in the cache');
  return use(path, `pip ${pinned}, brought by an earlier run`);
}

async function byPackage() {
  const python = which('python3') ?? which('python');
  if (!python) throw new SetupError('no python3 on PATH');
  const took = stopwatch();
  detail(`Python SDK: bringing ${pinned} (14 MB)`);
  const path = await bring(folderName, async (part) => {
    const flags = ['--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '--target', part];
    await mustRun(python, ['-m', 'pip', 'install', ...flags, pinned], { timeout: 300_000 });
  });
  detail(`Python SDK: brought in ${took()}`);
  return use(path, `pip ${pinned}`);
}
