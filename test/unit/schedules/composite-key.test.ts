import { compositeKey, compositeText, type CompositeParts } from '../../../src/schedules/composite-key';
import { requireSpec, type ScheduleSpecInput } from '../../../src/schedules/spec';
import { assert } from '../../helpers/assert';

const parts = (spec: ScheduleSpecInput, more: Partial<CompositeParts> = {}): CompositeParts => ({
  spec: requireSpec(spec),
  jobType: 'autoclose',
  tenant: 'acme',
  ...more,
});
const halfHours = { cronExpressions: ['0,30 * * * *'] };

describe('[keys] composite key of a schedule', () => {
  it('is one for each way to write the same times', () => {
    const key = compositeKey(parts(halfHours));
    assert.equal(compositeKey(parts({ cronExpressions: ['*/30 * * * * # why'] })), key);
    assert.equal(compositeKey(parts({ intervals: [{ every: '30m' }] })), key);
    assert.equal(
      compositeKey(parts({ calendars: [{ hour: '*', minute: [30, 0] }], timezone: 'Etc/UTC' })),
      key,
    );
    assert.match(key, /^[\w-]{43}$/);
  });

  it('differs by times, zone, job type, tenant and resource', () => {
    const all = [
      parts(halfHours),
      parts({ cronExpressions: ['0,31 * * * *'] }),
      parts({ ...halfHours, timezone: 'Europe/Berlin' }),
      parts(halfHours, { jobType: 'escalate' }),
      parts(halfHours, { tenant: 'umbrella' }),
      parts(halfHours, { resource: 'site-7' }),
      parts(halfHours, { resource: '' }),
      parts(halfHours, { resource: 'undefined' }),
    ];
    assert.equal(new Set(all.map(compositeKey)).size, all.length);
  });

  it('no text runs into its neighbour', () =>
    assert.notEqual(
      compositeText(parts(halfHours, { jobType: 'a","b', tenant: 'c' })),
      compositeText(parts(halfHours, { jobType: 'a', tenant: 'b","c' })),
    ));

  it('an absent resource is the same whether it is left out or undefined', () =>
    assert.equal(compositeKey(parts(halfHours, { resource: undefined })), compositeKey(parts(halfHours))));
});
