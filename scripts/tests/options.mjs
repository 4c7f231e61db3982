// The options of npm test.
import { parseArgs } from 'node:util';
import { SetupError } from '../services/say.mjs';

export const categories = [
  'keys',
  'duplicates',
  'locks',
  'wrapper',
  'performance',
  'edge',
  'contract',
  'integration',
  'faults',
  'package',
  'page',
];

const usage = `npm test -- [--category <name>] [--grep <pattern>] [--coverage]
  categories: ${categories.join(', ')}`;

const refuse = (message) => Object.assign(new SetupError(`${message}\n${usage}`), { code: 2 });

/** `{ category, grep, coverage }`; anything else is refused. */
export function parseTestOptions(args) {
  let values;
  try {
    const options = { category: { type: 'string' }, grep: { type: 'string' }, coverage: { type: 'boolean' } };
    ({ values } = parseArgs({ args, options, strict: true, allowPositionals: false }));
  } catch (error) {
    throw refuse(error.message);
  }
  if (values.category !== undefined && !categories.includes(values.category))
    throw refuse(`Unknown category '${values.category}'.`);
  return values;
}
