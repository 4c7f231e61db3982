import { ArgsFingerprints, chosenFingerprints } from '../../../src/idempotency/fingerprints';
import { fingerprintOfCanonical } from '../../../src/key/fingerprint';
import { assert } from '../../helpers/assert';

describe('[keys] fingerprints of a call', () => {
  const forms = [
    { version: 1 as const, secret: 'new' },
    { version: 1 as const, secret: 'old' },
  ];

  it('are made when somebody asks, once, and of the text as it was', () => {
    const made = new ArgsFingerprints('[1]', forms, false);
    const held = made as unknown as { canonicalArgs: string };
    assert.equal(held.canonicalArgs, '[1]', 'not yet');
    const all = made.all;
    assert.deepEqual(all, [fingerprintOfCanonical('[1]', 'new'), fingerprintOfCanonical('[1]', 'old')]);
    assert.equal(held.canonicalArgs, '', 'the text of the arguments is let go');
    assert.equal(made.all, all);
  });

  it('say whether the key implies them', () => {
    assert.equal(new ArgsFingerprints('[1]', forms, true).impliedByKey, true);
    assert.equal(new ArgsFingerprints('[1]', forms, false).impliedByKey, false);
    assert.equal(chosenFingerprints('digest', forms).impliedByKey, false);
  });

  it('that were chosen differ by secret, and stay as they are without one', () => {
    const [current, previous] = chosenFingerprints('digest', forms).all;
    assert.notEqual(current, previous);
    assert.deepEqual(chosenFingerprints('digest', [{ version: 1 }]).all, ['digest']);
  });
});
