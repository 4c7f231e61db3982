import { Flights } from '../../../src/idempotency/flights';
import { assert } from '../../helpers/assert';

/** More than a map serves for, several times. */
const MANY = 2_000;

describe('[locks] calls of one key in a process', () => {
  let flights: Flights;
  beforeEach(() => {
    flights = new Flights();
  });

  const begin = (key: string) => flights.begin(key, `execution of ${key}`, undefined);
  const isFound = (key: string): boolean => flights.ofOthers(key, 'another') !== undefined;

  it('find a flight that stays while thousands of others come and land', () => {
    const staying = begin('staying');
    for (let n = 0; n < MANY; n++) {
      const other = begin(`other ${n}`);
      assert.equal(flights.ofOthers('staying', 'another'), staying);
      other.land();
      assert.equal(isFound(`other ${n}`), false);
    }
    staying.land();
    assert.equal(isFound('staying'), false);
  });

  it('find each of thousands that are under way at once, until it lands', () => {
    const all = Array.from({ length: MANY }, (_, n) => begin(String(n)));
    const odd = all.filter((_, n) => n % 2 === 1);
    for (const flight of odd) flight.land();
    for (let n = 0; n < MANY; n++) assert.equal(isFound(String(n)), n % 2 === 0, String(n));
    for (const flight of all) flight.land();
    for (let n = 0; n < MANY; n++) assert.equal(isFound(String(n)), false, String(n));
  });

  it('a flight that lands late leaves the one that took its place', () => {
    const first = begin('key');
    for (let n = 0; n < MANY; n++) begin(`other ${n}`);
    const second = begin('key');
    first.land();
    assert.equal(flights.ofOthers('key', 'another'), second);
  });
});
