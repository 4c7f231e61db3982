import { digest } from '../key/digest';
import { fingerprintOfCanonical } from '../key/fingerprint';
import type { KeyForm } from '../key/derive';

/** What a call's arguments are compared by. */
export interface Fingerprints {
  /** In each key form, current first; empty when nothing is compared. */
  readonly all: readonly string[];
  /** The key is itself made of these arguments: whoever has the same key has the same fingerprint. */
  readonly impliedByKey: boolean;
}

export const NOT_COMPARED: Fingerprints = Object.freeze({ all: Object.freeze([]), impliedByKey: false });

/** Of the value that a `fingerprint` function chose, from its digest. */
export function chosenFingerprints(chosen: string, forms: readonly KeyForm[]): Fingerprints {
  const all = forms.map(({ secret }) => (secret === undefined ? chosen : digest(chosen, secret)));
  return { all, impliedByKey: false };
}

/** Of all arguments. Made when somebody asks: a duplicate whose key says it all never does. */
export class ArgsFingerprints implements Fingerprints {
  private made: readonly string[] | undefined;

  constructor(
    private canonicalArgs: string,
    private readonly forms: readonly KeyForm[],
    readonly impliedByKey: boolean,
  ) {}

  get all(): readonly string[] {
    if (this.made === undefined) {
      this.made = this.forms.map(({ secret }) => fingerprintOfCanonical(this.canonicalArgs, secret));
      // A body may run for long: its arguments' text is not kept for it.
      this.canonicalArgs = '';
    }
    return this.made;
  }
}
