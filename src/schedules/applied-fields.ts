import { digest } from '../key/digest';
import { FIELD_NAMES, type FieldValues } from './field-changes';
import type { AppliedFields } from './owned';

/** What is remembered of a schedule, to tell later what was changed by hand. Arguments only as a digest. */
export function appliedFields(values: FieldValues): AppliedFields {
  return Object.fromEntries(
    FIELD_NAMES.map((field) => [
      field,
      field === 'workflow.args' || field === 'why' ? digest(values[field].same) : values[field].same,
    ]),
  );
}
