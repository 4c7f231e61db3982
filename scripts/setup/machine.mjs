// What no script can mend: the operating system and the version of Node.
import { SetupError } from '../services/say.mjs';

export function refuseUnfitMachine() {
  if (process.platform === 'win32')
    throw new SetupError('Demo, tests and benchmarks run on Linux and macOS. On Windows, start them in WSL.');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const fits = major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
  if (!fits)
    throw new SetupError(
      `Node ${process.versions.node} can't run the tools of this repository (mocha): install Node 20.19 or 22.12, or later. ` +
        'The package itself runs on Node 20.3.',
    );
}
