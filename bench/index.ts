import { choose, USAGE, type Choice } from './choice';
import { writePage } from './page/write-page';
import { run } from './run';

async function main(): Promise<number> {
  let choice: Choice;
  try {
    choice = choose(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return 2;
  }
  if (choice === 'help') {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if ('page' in choice) {
    await writePage(choice.page);
    return 0;
  }
  return run(choice);
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
