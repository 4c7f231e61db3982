import { ApplicationFailure } from '@temporalio/common';
import type { Command } from 'commander';
import { InvalidOptionError } from '../errors';
import type { ByHand, FoundOut, Signed } from '../idempotency/by-hand';
import { durationMs } from '../idempotency/duration';
import type { ClearResult } from '../idempotency/service-options';
import { addCodecFlags, dataConverterOf } from './codec-endpoint';
import { confirmed } from './confirm';
import { examples } from './examples';
import { lifeLines } from './life-text';
import { parsed } from './operation-flags';
import { print } from './output';
import { addSignatureFlags, signatureOf, type SignatureFlags } from './signature-flags';
import { withService } from './store';

interface FoundFlags extends SignatureFlags {
  readonly result?: string;
  readonly error?: string;
  readonly errorType?: string;
  readonly ttl?: string;
}

export function addDecide(keys: Command): void {
  addSignatureFlags(keys.command('rerun').argument('<key>', 'a whole key, as it is stored'))
    .description('Of an unknown outcome: lets the next call run the body. Starts nothing by itself.')
    .addHelpText('after', examples(`temporal once keys rerun <key> --why 'the provider has no such charge'`))
    .action((key: string, flags: SignatureFlags, command: Command) =>
      decide(key, flags, command, 'Let the next call run?', (byHand, signed) => byHand.rerun(key, signed)),
    );

  addCodecFlags(
    addSignatureFlags(keys.command('reconcile').argument('<key>', 'a whole key, as it is stored')),
  )
    .option('--result <json>', 'the result that was found out')
    .option('--error <message>', 'or the error')
    .option('--error-type <name>', 'its type', 'Reconciled')
    .option('--ttl <duration>', 'how long it answers', '1h')
    .description('Of an unknown outcome: records what was found out; duplicates get it.')
    .addHelpText(
      'after',
      examples(
        `temporal once keys reconcile <key> --result '{"chargeId":"ch_1"}' --why 'seen at the provider'`,
      ),
    )
    .action((key: string, flags: FoundFlags, command: Command) => {
      const found = foundOut(flags);
      if (flags.ttl !== undefined) durationMs(flags.ttl, '--ttl');
      return decide(key, flags, command, 'Record this outcome?', (byHand, signed) =>
        byHand.reconcile(key, found, signed, flags.ttl),
      );
    });
}

async function decide(
  key: string,
  flags: SignatureFlags,
  command: Command,
  question: string,
  done: (byHand: ByHand, signed: Signed) => Promise<ClearResult>,
): Promise<void> {
  const signed = signatureOf(flags);
  const dataConverter = dataConverterOf(command);
  await withService(
    command,
    async (once) => {
      const byHand = once.byHand();
      const life = await byHand.life(key);
      process.stderr.write(`${lifeLines(key, life, undefined, command).join('\n')}\n`);
      if (!(await confirmed(question, flags.yes))) {
        print(command, { key, done: false }, ['Nothing was changed.']);
        return;
      }
      const { previous } = await done(byHand, { ...signed, fence: life?.record?.fence });
      print(command, { key, done: true, previous }, ['Done.']);
    },
    { dataConverter },
  );
}

function foundOut({ result, error, errorType }: FoundFlags): FoundOut {
  if ((result === undefined) === (error === undefined))
    throw new InvalidOptionError(
      '--result',
      'and --error exclude each other, one is needed',
      'Give one of them',
    );
  if (error === undefined) return { result: parsed('--result', result as string) };
  return { error: ApplicationFailure.nonRetryable(error, errorType) };
}
