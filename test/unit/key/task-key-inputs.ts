import fc from 'fast-check';

type Kind = 'id' | 'day' | 'data' | 'list';

interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly optional?: boolean;
}

/** A builder as a test draws its input. */
export interface Builder {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly arbitrary: fc.Arbitrary<Record<string, unknown>>;
}

// Few values, and those that a careless separator, mark or escape would mix up.
const texts = [
  '',
  'a',
  'b',
  'a:b',
  ':',
  '%',
  '%3A',
  '-',
  '%2D',
  '0',
  '7',
  '2025-10-01',
  '\u0000',
  'é',
  '\ud800',
];
const anyId = fc.oneof(
  fc.constantFrom<string | number>(...texts, 0, 7, -1),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.maxSafeInteger(),
);
const kinds: Readonly<Record<Kind, fc.Arbitrary<unknown>>> = {
  id: anyId,
  day: fc.constantFrom('2025-10-01', '2025-10-02', '0000-01-01', '9999-12-31'),
  data: fc.constantFrom<unknown>(
    0,
    '0',
    '',
    null,
    false,
    [],
    {},
    { a: 1 },
    { a: '1' },
    ['a', 'b'],
    ['a:b'],
    'x:y',
  ),
  list: fc.array(anyId, { maxLength: 3 }),
};

function builder(name: string, ...told: readonly string[]): Builder {
  const fields = told.map((one): Field => {
    const [field = '', kind = 'id'] = one.replace('?', '').split('/');
    return { name: field, kind: kind as Kind, optional: one.includes('?') };
  });
  const drawn = Object.fromEntries(fields.map((field) => [field.name, kinds[field.kind]]));
  const needed = fields.filter(({ optional }) => optional !== true).map((field) => field.name);
  return { name, fields, arbitrary: fc.record(drawn, { requiredKeys: needed }) };
}

export const builders: readonly Builder[] = [
  builder('autoclose', 'ticketId', 'date/day'),
  builder('ticketEscalation', 'ticketId', 'level', 'round?'),
  builder('jobCreation', 'templateId', 'date/day', 'slot?'),
  builder('reportGeneration', 'report', 'parameters/data', 'userId', 'format'),
  builder('scheduledReport', 'reportId', 'date/day', 'slot?'),
  builder('dataExport', 'dataset', 'parameters/data', 'userId', 'format'),
  builder('reminderEmail', 'subjectId', 'recipientId', 'date/day', 'slot?'),
  builder('notification', 'eventId', 'recipientId', 'channel'),
  builder('webhookDelivery', 'endpointId', 'eventId'),
  builder('graphqlMutation', 'mutation', 'variables/data', 'userId', 'requestId?'),
  builder('payment', 'orderId', 'action', 'sequence?'),
  builder('maintenance', 'task', 'target?', 'date/day'),
  builder('cacheWarmUp', 'cache', 'parameters/data', 'version'),
  builder('dataImport', 'source', 'contentId'),
  builder('sync', 'system', 'entity', 'entityId', 'version'),
  builder('custom', 'name', 'date/day?', 'version?', 'parts/list?'),
];
