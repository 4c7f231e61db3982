import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { assert } from '../../helpers/assert';
import { chosen, command, won } from './history';
import { text } from './reference';

/** Which claim speaks, and whether it says who it is. */
const speaker = fc.record({ back: won, stranger: fc.nat({ max: 3 }).map((at) => at === 0) });

export const recordStep = fc
  .record({ who: speaker, name: fc.constantFrom('reserve', 'pay'), payload: fc.constantFrom('', 'a', 'b') })
  .map(({ who, name, payload }) =>
    command(`step ${JSON.stringify({ ...who, name, payload })}`, async (model, real) => {
      const ticket = chosen(real, who.back);
      if (ticket === undefined) return;
      const { key, nonce } = ticket.asked;
      const claim = { key, fence: ticket.fence, nonce: who.stranger ? randomUUID() : nonce };
      const verdict = model.recordStep(claim, name, payload);
      const step = { ...claim, name, payload: Buffer.from(payload), context: undefined };
      assert.equal(await real.store.recordStep(step), verdict);
    }),
  );

export const readSteps = speaker.map((who) =>
  command(`steps ${JSON.stringify(who)}`, async (model, real) => {
    const ticket = chosen(real, who.back);
    if (ticket === undefined) return;
    const { key, nonce } = ticket.asked;
    const claim = { key, fence: ticket.fence, nonce: who.stranger ? randomUUID() : nonce };
    const expected = model.steps(claim);
    const answer = await real.store.steps(claim);
    assert.equal(answer.kind, expected === undefined ? 'stale' : 'steps');
    if (answer.kind !== 'steps' || expected === undefined) return;
    const told = answer.steps.map(({ name, fence, payload }) => [name, { fence, payload: text(payload) }]);
    assert.deepEqual(Object.fromEntries(told), Object.fromEntries(expected));
  }),
);
