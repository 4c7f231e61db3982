import { assert } from '../../helpers/assert';
import { HeaderVersionError } from '../../../src';
import { MessageMemory } from '../../../src/interceptors/message-memory';
import { fromPlain, toPlain } from '../../../src/interceptors/recorded-outcome';

const outcome = (text: string) => ({ completed: { data: text } });
const carriedBytes = (memory: MessageMemory) => JSON.stringify(memory.carried()).length;
const next = (memory: MessageMemory) => new MessageMemory(JSON.parse(JSON.stringify(memory.carried())));

describe('[integration] what a workflow remembers of its messages', () => {
  it('a signal is first, a repeat, or one with other arguments', () => {
    const memory = new MessageMemory();
    assert.equal(memory.arrival('k', 'a'), 'first');
    memory.delivered('k', 'a');
    assert.equal(memory.arrival('k', 'a'), 'repeat');
    assert.equal(memory.arrival('k', 'b'), 'other-arguments');
    assert.equal(memory.arrival('k', ''), 'repeat', 'nothing to compare');
  });

  it('10,000 signals: the newest 1,000 are known, and what is carried stays under its bound', () => {
    const memory = new MessageMemory();
    for (let n = 0; n < 10_000; n++) {
      memory.delivered(`key-digest-${String(n).padStart(5, '0')}`, 'abcdef');
      assert.ok(memory.size.signals <= 1000);
    }
    assert.equal(memory.arrival('key-digest-09000', 'abcdef'), 'repeat');
    assert.equal(memory.arrival('key-digest-08999', 'abcdef'), 'first');
    assert.ok(carriedBytes(memory) <= 20_000);
    const again = next(memory);
    assert.ok(again.size.signals > 800);
    assert.equal(again.arrival('key-digest-09999', 'abcdef'), 'repeat');
    assert.equal(carriedBytes(again), carriedBytes(memory));
  });

  it('10,000 updates: outcomes give way before keys do, and all is bounded', () => {
    const memory = new MessageMemory();
    for (let n = 0; n < 10_000; n++) {
      memory.finished(`key-${n}`, 'abcdef', outcome('x'.repeat(100)));
      assert.ok(memory.size.outcomeBytes <= 10_000 && memory.size.updates <= 1000);
    }
    assert.deepEqual(memory.update('key-9999')?.outcome, outcome('x'.repeat(100)));
    assert.deepEqual(memory.update('key-9001'), { arguments: 'abcdef', outcome: undefined, bytes: 0 });
    assert.equal(memory.update('key-8999'), undefined);
    assert.ok(carriedBytes(memory) <= 20_000);
    assert.deepEqual(next(memory).update('key-9999')?.outcome, outcome('x'.repeat(100)));
  });

  it('many signals leave half of the room to updates, and the other way round', () => {
    const memory = new MessageMemory();
    for (let n = 0; n < 1000; n++) memory.delivered(`key-digest-${String(n).padStart(5, '0')}`, 'abcdef');
    for (let n = 0; n < 1000; n++)
      memory.finished(`key-digest-${String(n).padStart(5, '0')}`, 'abcdef', outcome('x'));
    assert.ok(carriedBytes(memory) <= 20_000);
    const { signals, updates } = next(memory).size;
    assert.ok(signals > 300, `${signals} signals`);
    assert.ok(updates > 150, `${updates} updates`);
  });

  it('the first outcome stands; one that is too big leaves its key', () => {
    const memory = new MessageMemory();
    memory.finished('a', '', outcome('first'));
    memory.finished('a', '', outcome('second'));
    assert.deepEqual(memory.update('a')?.outcome, outcome('first'));
    memory.finished('big', '', outcome('x'.repeat(10_001)));
    assert.equal(memory.update('big')?.outcome, undefined);
    assert.notEqual(memory.update('big'), undefined);
  });

  it('bounds go along; nothing remembered is nothing', () => {
    const memory = new MessageMemory();
    assert.ok(memory.empty);
    memory.limit({ keys: 2, carryBytes: 1000 });
    for (const key of ['a', 'b', 'c']) memory.delivered(key, '');
    const again = next(memory);
    assert.deepEqual([again.limits, again.size.signals], [{ keys: 2, carryBytes: 1000 }, 2]);
    assert.equal(again.arrival('a', ''), 'first');
    again.limit({ keys: 0, carryBytes: 1000 });
    assert.ok(again.empty);
  });

  it('what a newer version carried is refused, and what is none of ours is no memory', () => {
    assert.throws(() => new MessageMemory({ v: 2 }), HeaderVersionError);
    for (const other of [undefined, null, 'x', {}, [], { v: 'x' }]) assert.ok(new MessageMemory(other).empty);
  });

  it('payloads and failures come back byte for byte', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
    for (let length = 0; length < 8; length++) {
      const payload = {
        metadata: { encoding: bytes.subarray(0, length), $bytes: bytes },
        data: bytes.subarray(length),
      };
      assert.deepEqual(fromPlain(JSON.parse(JSON.stringify(toPlain(payload)))), payload);
    }
    const failure = {
      message: 'no',
      cause: null,
      applicationFailureInfo: { type: 'X', details: { payloads: [{ data: bytes }] } },
    };
    const { cause: _cause, ...kept } = failure;
    assert.deepEqual(fromPlain(JSON.parse(JSON.stringify(toPlain(failure)))), kept);
  });
});
