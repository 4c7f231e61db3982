import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parsePlan, planJsonSchema, planProblemText } from '../../../../src/schedules/plan';
import { assert } from '../../../helpers/assert';
import { ACCEPTED, REFUSED } from './corpus';

const said = (yaml: string): string =>
  parsePlan(yaml, { file: 'p' }).problems.map(planProblemText).join('\n');

describe('[edge] what a plan file may say', () => {
  for (const [title, yaml] of ACCEPTED)
    it(title, () => {
      assert.equal(said(yaml), '');
      assert.equal(parsePlan(yaml).plan?.version, 1);
    });
});

describe('[edge] what a plan file is refused for, with its place and what to write', () => {
  for (const [title, yaml, pattern] of REFUSED)
    it(title, () => {
      const text = said(yaml);
      assert.match(text, pattern);
      assert.equal(text.split('\n').length, 1, text);
      assert.equal(parsePlan(yaml).plan, undefined);
    });
});

describe('[edge] the JSON Schema of the plan file', () => {
  const schema = JSON.parse(readFileSync(join('docs', 'plan.schema.json'), 'utf8')) as object;
  const validate = new Ajv({ allowUnionTypes: true }).compile(schema);

  it('is made of the fields that the parser reads', () =>
    assert.deepEqual(
      schema,
      JSON.parse(JSON.stringify(planJsonSchema())),
      'Run node scripts/plan-schema.mjs.',
    ));

  for (const [title, yaml] of ACCEPTED)
    it(`accepts: ${title}`, () => assert.ok(validate(parse(yaml)), JSON.stringify(validate.errors)));

  for (const [title, yaml, , bySchema] of REFUSED)
    it(`${bySchema ? 'refuses' : 'leaves to the parser'}: ${title}`, () =>
      assert.equal(validate(parse(yaml)), !bySchema, JSON.stringify(validate.errors)));
});
