import { defaultDataConverter } from '@temporalio/common';
import type { Command } from 'commander';
import { InvalidOptionError } from '../errors';
import { OutcomeCodec } from '../idempotency/codec';
import { canonicalize } from '../key/canonical';
import { digest } from '../key/digest';
import { examples } from './examples';
import { addOperationFlags, derivedKey, parsed } from './operation-flags';
import { print } from './output';

export function addDerive(keys: Command): void {
  addOperationFlags(keys.command('derive'))
    .description('The key of an operation, as it is stored. Asks nobody.')
    .addHelpText(
      'after',
      examples(
        'temporal once keys derive --type charge --key order-42',
        `temporal once keys derive --type charge --scope tenant=acme --args '[{"id":42}]'`,
      ),
    )
    .action((_flags: object, command: Command) => {
      const derived = derivedKey(command);
      print(command, derived, [
        derived.key,
        ...(derived.fingerprint === null ? [] : [`fingerprint ${derived.fingerprint}`]),
      ]);
    });

  keys
    .command('canonical')
    .argument('[json]', 'a value; without it, from standard input')
    .description('The canonical form of a value, which keys and fingerprints are made of, and its digest.')
    .addHelpText('after', examples(`temporal once keys canonical '{"b":1,"a":[1.0,"x"]}'`))
    .action(async (json: string | undefined, _flags: object, command: Command) => {
      const value = parsed('value', json ?? (await standardInput()));
      const canonical = canonicalize(new OutcomeCodec(defaultDataConverter).deliver(value), {
        root: 'value',
      });
      const sha256 = digest(canonical);
      print(command, { canonical, digest: sha256 }, [canonical, `digest ${sha256}`]);
    });
}

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) throw new InvalidOptionError('value', 'is missing', 'Give JSON, or pipe it in');
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  return text;
}
