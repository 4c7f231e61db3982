import fc from 'fast-check';
import { gcd, lcm, solveCongruences } from '../../../src/schedules/validate/arithmetic';
import { meetings } from '../../../src/schedules/validate/meetings';
import { StartSet } from '../../../src/schedules/validate/start-set';
import { assert } from '../../helpers/assert';

const residues = fc.integer({ min: 1, max: 90 }).chain((period) =>
  fc.record({
    period: fc.constant(period),
    values: fc
      .uniqueArray(fc.integer({ min: 0, max: period - 1 }), { minLength: 1, maxLength: 5 })
      .map((values) => values.sort((a, b) => a - b)),
  }),
);

describe('[edge] meetings of periodic starts', () => {
  it('never, how many in a period and the first are those of the whole hyperperiod, one by one', () =>
    fc.assert(
      fc.property(residues, residues, fc.nat(12), fc.nat(12), fc.nat(5000), (a, b, before, hi, from) => {
        const period = lcm(a.period, b.period);
        const reach = { lo: -before, hi };
        // A horizon of one second: what is later is found by congruences.
        const set = (of: typeof a): StartSet =>
          new StartSet([{ begin: from - 20, end: from + 1, residues: of }], of);
        const found = meetings(set(a), set(b), reach, { from, until: from + 1 });
        let count = 0;
        let first = Infinity;
        for (let at = from - 12; at < from + period; at++)
          if (
            a.values.includes(at % a.period) ||
            (at < 0 && a.values.includes(((at % a.period) + a.period) % a.period))
          )
            for (
              let other = Math.max(at + reach.lo, at < from ? from : -Infinity);
              other <= at + hi;
              other++
            ) {
              const rest = ((other % b.period) + b.period) % b.period;
              const later = Math.max(at, other);
              if (!b.values.includes(rest) || later < from || later >= from + period) continue;
              count++;
              first = Math.min(first, later);
            }
        assert.equal(found.period, period);
        assert.equal(found.count, count);
        if (count === 0) assert.equal(found.first, undefined);
        else assert.equal(Math.max(found.first?.a ?? NaN, found.first?.b ?? NaN), first);
      }),
      { numRuns: 500 },
    ));

  it('two congruences have a solution exactly where the common divisor divides their difference', () => {
    const period = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(
        period,
        period,
        fc.nat(199),
        fc.nat(199),
        fc.integer({ min: -500, max: 500 }),
        (m, n, x, y, least) => {
          const [a, b] = [x % m, y % n];
          const found = solveCongruences([a, m], [b, n], least);
          const rest = (value: number, modulus: number): number => ((value % modulus) + modulus) % modulus;
          let wanted: number | undefined;
          for (let at = least; at < least + lcm(m, n) && wanted === undefined; at++)
            if (rest(at, m) === a && rest(at, n) === b) wanted = at;
          assert.equal(found, wanted);
          assert.equal(wanted === undefined, rest(b - a, gcd(m, n)) !== 0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
