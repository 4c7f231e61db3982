// Writes docs/plan.schema.json from the fields that src/schedules/plan/fields.ts reads. Build first.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { planJsonSchema } = require('../dist/src/schedules/plan');

const file = join(root, 'docs', 'plan.schema.json');
const options = await prettier.resolveConfig(file);
const text = await prettier.format(JSON.stringify(planJsonSchema()), { ...options, filepath: file });
writeFileSync(file, text);
