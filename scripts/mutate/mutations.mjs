// Every line that keeps a guarantee: what it does, what is put in its place, and which tests must then fail.
// `find` stands in the file exactly once; `npm run mutate` fails when it does not any more.
const SQL = 'src/stores/postgres/migrations/000001_records.sql';
const UPKEEP_SQL = 'src/stores/postgres/migrations/000002_upkeep.sql';
const STARTS_SQL = 'src/stores/postgres/migrations/000003_starts.sql';
const POSTGRES_STORE = 'src/stores/postgres/postgres-store.ts';
const MEMORY_STORE = 'src/stores/memory/memory-store.ts';
const REDIS = 'src/stores/redis';
const IDEMPOTENCY = 'src/idempotency';
const HTTP = 'src/http';
const PAGE = 'src/dashboard';

const without = (find) => ({ find, replace: '' });
const instead = (find, replace) => ({ find, replace });

/** Tests of the stores, by the title of the store. */
const lone = { tests: ['stores/real-stores'], grep: '^.contract. postgres: ' };
const batch = { tests: ['stores/real-stores'], grep: '^.contract. postgres, each call among neighbours' };
const slowClaim = { tests: ['stores/postgres-slow-claim'], grep: '' };
const races = {
  tests: ['stores/many-processes'],
  grep: 'many processes on few keys',
};
const entries = { tests: ['stores/redis'], grep: 'redis: entries' };
const redisFaults = { tests: ['stores/redis-faults'], grep: 'redis paused' };
const duplicates = { tests: ['service/duplicates'], grep: 'duplicates. service, Redis in front' };
const running = { tests: ['service/running'], grep: 'a body that runs' };
const outages = { tests: ['service/outages'], grep: 'while Postgres is away' };
const errors = { tests: ['service/errors'], grep: 'cached errors' };
const sweep = { tests: ['stores/sweep'], grep: 'sweep of records.*takes what has been free' };
const http = (grep) => ({ tests: ['http/node'], grep });
const transactional = { tests: ['integration/transactional'], grep: '' };
const doubt = { tests: ['service/transaction-doubt'], grep: '' };
const handles = { tests: ['service/held-locks'], grep: 'a lock in the hand, Postgres alone' };
const taskKeys = { tests: ['unit/key/task-keys'], grep: 'task keys' };
const startContract = { tests: ['stores/real-stores'], grep: '^.contract. postgres: starts' };
const starts = (grep) => ({
  tests: ['integration/starts'],
  grep: `starts of workflows, the store away.*${grep}`,
});
const access = (grep) => ({ tests: ['browser/access'], grep });
const decisions = (grep) => ({ tests: ['browser/decisions'], grep });
const hardStarts = (grep) => ({ tests: ['integration/starts-hard'], grep });
const keys = { tests: ['unit/key/canonical-json', 'unit/key/canonical-refusals'], grep: '' };

const expiry = (title) => ({
  tests: ['integration/expiry'],
  grep: `workflow-backed scheduler.*${title}`,
});
const occurrences = (title) => ({
  tests: ['integration/occurrences', 'integration/occurrence-workers'],
  grep: `workflow-backed scheduler.*${title}`,
});

const registry = (title) => ({
  tests: ['registry/races', 'registry/unique'],
  grep: `workflow-backed scheduler.*${title}`,
});
const clashes = (title) => ({
  tests: ['registry/clashes', 'registry/stock-cli'],
  grep: `workflow-backed scheduler.*${title}`,
});
const reconciled = (title) => ({
  tests: ['integration/reconcile'],
  grep: `newer scheduler.*${title}`,
});
const reconciledExpiry = (title) => ({
  tests: ['integration/reconcile-expiry'],
  grep: `newer scheduler.*${title}`,
});
const plans = (grep) => ({
  tests: ['unit/schedules/validate-plan', 'unit/schedules/validate-properties', 'unit/schedules/meetings'],
  grep,
});
const VALIDATE = 'src/schedules/validate';
const reconciledDue = (title) => ({
  tests: ['integration/reconcile-due-runs'],
  grep: `workflow-backed scheduler.*${title}`,
});
const RECONCILE = 'src/schedules';
const REGISTRY = 'src/registry/registry.ts';
const SCHEDULES_SQL = 'src/stores/postgres/migrations/000005_schedules.sql';

const BY_HAND_SQL = 'src/stores/postgres/migrations/000007_by_hand.sql';
const byHand = (grep) => ({ tests: ['stores/records-view'], grep });

const mutation = (guarantee, keeps, file, edits, noticedBy, more = {}) => ({
  guarantee,
  keeps,
  file,
  edits: Array.isArray(edits) ? edits : [edits],
  ...noticedBy,
  ...more,
});

const SETTLE_ONE = [
  (text) => `WHERE l.key = a_key AND ${text.replaceAll('#', 'l').replaceAll('@', 'a_')}\n`,
  (text) => `    AND ${text.replaceAll('#', 'r').replaceAll('@', 'a_')};\n`,
];
const SETTLE_BATCH = [
  (text) =>
    `    WHERE ${text.replaceAll('#', 'r').replaceAll('@', 'i.')}\n    FOR UPDATE OF r SKIP LOCKED\n  )\n  UPDATE`,
];
const CAS = '#.state = 1 AND #.fence = @fence AND #.nonce = @nonce';
const BATCH_CAS = 'WHERE r.key = l.key AND r.fence = l.fence AND r.nonce = l.nonce AND r.state = 1';

/** A compare-and-set without one of its parts, in every place of one form of the statement. */
const loneWithout = (left) => SETTLE_ONE.map((place) => instead(place(CAS), place(left)));
const batchWithout = (part, left) => [
  ...SETTLE_BATCH.map((place) => instead(place(CAS), place(left))),
  instead(BATCH_CAS, BATCH_CAS.replace(part, '')),
];

/** The same part of a condition in both halves of the sweep: what is looked for, and what is deleted under the lock. */
const SWEEP = ['      AND (r.state <> 0 OR NOT EXISTS', '    RETURNING 1\n  )\n  SELECT count'];
const AT_REST =
  'AND r.state IN (0, 2, 3) AND greatest(r.ends_at, r.settled_at) < rested AND r.claimed_at < oldest_statement\n';
const sweepWith = (condition) => SWEEP.map((place) => instead(AT_REST + place, `${condition}\n${place}`));

const numberOf = ({ guarantee }) => Number(guarantee.slice(1));

export const mutations = [
  mutation(
    'G1',
    'a live lease of another execution is waited out',
    SQL,
    instead('    ELSE ends_at <= clock_timestamp()\n      AND (fingerprint', '    ELSE (fingerprint'),
    lone,
  ),
  mutation(
    'G1',
    'an older start never takes over, an equal one waits out the lease',
    SQL,
    instead(
      'THEN asker_start > owner_start OR (asker_start = owner_start AND ends_at <= clock_timestamp())',
      'THEN true',
    ),
    lone,
  ),
  mutation(
    'G1',
    'a take-over draws a new fence, after the row lock',
    SQL,
    instead("state = 1, fence = nextval('{{schema}}.fences'), nonce = l.nonce", 'state = 1, nonce = l.nonce'),
    { ...lone, grep: `${lone.grep}claims` },
    { sample: true },
  ),
  mutation(
    'G1',
    'a row is looked at again once it is locked',
    SQL,
    without(
      '      AND {{schema}}.is_free_v1(r.state, r.ends_at, r.owner_execution, r.owner_start, r.fingerprint,\n        s.execution, s.start_order, s.fingerprint, s.fingerprint_2)\n',
    ),
    slowClaim,
  ),
  mutation('G1', 'sessions draw fences one at a time', SQL, instead('CACHE 1;', 'CACHE 50;'), lone),
  mutation(
    'G1',
    'a key is once in a statement: the second request waits for the next',
    'src/stores/batcher.ts',
    instead('batch.length >= this.maxBatch || keys.has(key)', 'batch.length >= this.maxBatch'),
    { ...lone, grep: `${lone.grep}many at once` },
  ),
  mutation(
    'G2',
    'a lone settlement compares the fence',
    SQL,
    loneWithout('#.state = 1 AND #.nonce = @nonce'),
    lone,
  ),
  mutation(
    'G2',
    'a lone settlement compares the nonce',
    SQL,
    loneWithout('#.state = 1 AND #.fence = @fence'),
    lone,
  ),
  mutation(
    'G2',
    'a lone settlement changes running records only',
    SQL,
    loneWithout('#.fence = @fence AND #.nonce = @nonce'),
    lone,
  ),
  mutation(
    'G2',
    'a batch of settlements compares the fence',
    SQL,
    batchWithout(' AND r.fence = l.fence', '#.state = 1 AND #.nonce = @nonce'),
    batch,
  ),
  mutation(
    'G2',
    'a batch of settlements compares the nonce',
    SQL,
    batchWithout(' AND r.nonce = l.nonce', '#.state = 1 AND #.fence = @fence'),
    batch,
  ),
  mutation(
    'G2',
    'a batch of settlements changes running records only',
    SQL,
    batchWithout(' AND r.state = 1', '#.fence = @fence AND #.nonce = @nonce'),
    batch,
  ),
  mutation(
    'G2',
    'only who settled it is told again that it is done',
    SQL,
    instead('IF NOT FOUND OR r.fence <> a_fence OR r.nonce <> a_nonce THEN', 'IF NOT FOUND THEN'),
    lone,
  ),
  mutation(
    'G2',
    'settling twice is success (a lost reply)',
    SQL,
    without(
      "    WHEN r.state = CASE a_op WHEN 'complete' THEN 2 WHEN 'fail' THEN 3 WHEN 'release' THEN 0 END THEN 'done'\n",
    ),
    lone,
  ),
  mutation(
    'G2',
    'a claim repeated with its nonce is the same claim (a lost reply)',
    SQL,
    without("      WHEN s.old_nonce = s.nonce THEN 'claimed'\n"),
    lone,
  ),
  mutation(
    'G2',
    'a clear changes the nonce, so that its holder is stale',
    STARTS_SQL,
    instead('SET state = 0, nonce = gen_random_uuid(), settled_at', 'SET state = 0, settled_at'),
    lone,
  ),
  mutation(
    'G2',
    'the memory store compares fence and nonce, too',
    MEMORY_STORE,
    without(' || record.fence !== settlement.fence || record.nonce !== settlement.nonce'),
    { tests: ['stores/memory'], grep: '' },
    { sample: true },
  ),
  mutation(
    'G2',
    'one stale row makes the settlement stale, and its caller is told',
    `${IDEMPOTENCY}/held-claim.ts`,
    without("if (verdict === 'stale') worst = verdict;"),
    running,
  ),
  mutation(
    'G2',
    'a lost claim aborts the signal at the next renewal',
    `${IDEMPOTENCY}/held-claim.ts`,
    without("          this.abortStale(row, 'it was taken over or cleared while the body ran');\n"),
    running,
  ),
  mutation(
    'G2',
    'a lease that could not be renewed aborts the signal',
    `${IDEMPOTENCY}/held-claim.ts`,
    without("if (!this.alive) this.abortStale(this.row, 'its lease ran out before it could be renewed');"),
    outages,
  ),
  mutation(
    'G2',
    'an older fence never replaces a newer one in Redis',
    `${REDIS}/lua/fill-n.lua`,
    instead("left >= 1 and (old == '' or old < fence)", 'left >= 1'),
    entries,
    { sample: true },
  ),
  mutation(
    'G1',
    'a free record is locked before it is taken',
    SQL,
    without('    ORDER BY r.key\n    FOR UPDATE OF r SKIP LOCKED\n'),
    races,
  ),
  mutation(
    'G1',
    'the lease of a vanished holder ends',
    SQL,
    instead(
      '    ELSE ends_at <= clock_timestamp()\n      AND (fingerprint',
      '    ELSE false\n      AND (fingerprint',
    ),
    { tests: ['service/lock-processes'], grep: 'others: a lock does not outlive' },
  ),
  mutation(
    'G1',
    'an equal start goes on when its lease is over: a replay is no duplicate of itself',
    SQL,
    instead('(asker_start = owner_start AND ends_at <= clock_timestamp())', 'false'),
    { ...lone, grep: `${lone.grep}.*others: a durable replay` },
  ),
  mutation(
    'G1',
    'no deadline means held',
    'src/interceptors/attempt.ts',
    instead('Math.min(...limits, Number.MAX_SAFE_INTEGER)', 'Math.min(...limits, 0)'),
    { tests: ['unit/interceptors/attempt'], grep: 'others:' },
  ),
  mutation(
    'G1',
    'who may not wait for a lock does not run',
    `${IDEMPOTENCY}/engine.ts`,
    without(
      "    if (call.whenRunning === 'fail') refuse(false, 'this call does not wait (whenRunning: fail)');\n",
    ),
    { tests: ['service/locks'], grep: 'others: whenHeld fail' },
  ),
  mutation('G2', 'a late worker settles nothing of the one that took over', SQL, loneWithout('#.state = 1'), {
    ...lone,
    grep: `${lone.grep}.*others: .*late worker`,
  }),
  mutation(
    'G2',
    'a late worker settles nothing of the one that took over, in a batch',
    SQL,
    batchWithout(' AND r.fence = l.fence AND r.nonce = l.nonce', '#.state = 1'),
    { ...batch, grep: `${batch.grep}.*others: .*late worker` },
  ),
  mutation(
    'G2',
    'a lock in the hand is told that it was lost before it was released',
    `${IDEMPOTENCY}/body.ts`,
    without(
      "  held.abort(new StaleClaimError(key, fence, 'it was taken over or cleared before it was released'));\n",
    ),
    handles,
  ),
  mutation(
    'G2',
    'a lock in the hand is not taken from it by a signal that ends waiting',
    `${IDEMPOTENCY}/held-lock.ts`,
    [
      instead('        waiting.over();\n        const letGo', '        const letGo'),
      instead('finally {\n    waiting.over();', 'finally {'),
    ],
    handles,
  ),
  mutation(
    'G2',
    'a forgotten lock in the hand ends by itself',
    `${IDEMPOTENCY}/held-lock.ts`,
    without("  signal.addEventListener('abort', now, { once: true });\n"),
    handles,
  ),
  mutation('G2', 'who is no holder any more releases no lock', SQL, loneWithout('#.state = 1'), {
    tests: ['service/lock-ends'],
    grep: 'others: a holder that was cleared',
  }),
  mutation(
    'G2',
    'a step is recorded by the live claim only',
    SQL,
    instead(
      'AND r.fence = a_fence AND r.nonce = a_nonce\n  FOR SHARE OF r SKIP LOCKED',
      '\n  FOR SHARE OF r SKIP LOCKED',
    ),
    { ...lone, grep: `${lone.grep}steps` },
  ),
  mutation(
    'G3',
    'a step answers no later operation',
    SQL,
    instead(
      'LEFT JOIN {{schema}}.steps s ON s.key = r.key AND s.fence > r.life',
      'LEFT JOIN {{schema}}.steps s ON s.key = r.key',
    ),
    { ...lone, grep: `${lone.grep}steps` },
  ),
  mutation(
    'G3',
    'a record in its retention is taken by nobody',
    SQL,
    instead('WHEN state IN (2, 3) THEN ends_at <= clock_timestamp()', 'WHEN state IN (2, 3) THEN true'),
    lone,
  ),
  mutation(
    'G3',
    '`record` writes only where nothing stands',
    POSTGRES_STORE,
    without('       WHERE r.state = 0 OR r.ends_at <= clock_timestamp()\n'),
    lone,
  ),
  mutation(
    'G4',
    'a stale fence check rolls the transaction back',
    `${IDEMPOTENCY}/transaction-end.ts`,
    instead("if (verdict === 'stale')\n", 'if (verdict === undefined)\n'),
    transactional,
  ),
  mutation(
    'G4',
    'the fence check is in the transaction',
    `${IDEMPOTENCY}/transaction-end.ts`,
    instead('await store.settleWithin(tx as Queryable, row)', 'await store.settle(row)'),
    transactional,
  ),
  mutation(
    'G4',
    'the body can not end the transaction itself',
    `${IDEMPOTENCY}/transaction.ts`,
    instead('ENDS_TRANSACTION.test(text)', 'text === undefined'),
    transactional,
  ),
  mutation(
    'G4',
    'a commit without a reply is looked up, not guessed',
    `${IDEMPOTENCY}/transaction-end.ts`,
    instead(
      'done === undefined || !(await hasCommitted(engine, held, done.settlement))',
      'error !== undefined',
    ),
    doubt,
  ),
  mutation(
    'G4',
    'whether it was committed is asked with a release, which waits for that transaction to end',
    `${IDEMPOTENCY}/transaction-end.ts`,
    without("  if ((await held.settle({ op: 'release' })) === 'done') return false;\n"),
    doubt,
  ),
  mutation(
    'G4',
    'a transactional activity never runs unprotected',
    `${IDEMPOTENCY}/engine.ts`,
    instead(' && call.transactional === undefined)', ')'),
    doubt,
  ),
  mutation(
    'G5',
    'a clear leaves a tombstone',
    `${REDIS}/lua/clear-1.lua`,
    instead("redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])", "redis.call('DEL', KEYS[1])"),
    entries,
  ),
  mutation(
    'G5',
    'a tombstone outlives every writer that may be late',
    `${REDIS}/redis-cache.ts`,
    instead('Math.max(this.options.maxAgeMs, 6 * MAX_LATE_MS)', '1_000'),
    entries,
  ),
  mutation(
    'G5',
    'a clear that comes late spares a newer outcome',
    `${REDIS}/lua/clear-1.lua`,
    without("if old ~= '' and old > ARGV[2] then return { 0, now } end\n"),
    entries,
  ),
  mutation(
    'G5',
    'a fill that is late is refused by the clock of Redis',
    `${REDIS}/lua/fill-n.lua`,
    without('if late > tonumber(ARGV[3]) then return { 0, now } end\n'),
    entries,
  ),
  mutation(
    'G5',
    'a fill that is late is refused before it is sent',
    `${REDIS}/redis-cache.ts`,
    without('    if (performance.now() - readAtMs > MAX_LATE_MS) return Promise.resolve();\n'),
    entries,
  ),
  mutation(
    'G5',
    'entries of another generation are never seen',
    `${REDIS}/redis-cache.ts`,
    instead('const entryPrefix = `${prefix}:${name}:`', 'const entryPrefix = `${prefix}:1:`'),
    entries,
  ),
  mutation(
    'G5',
    'a call to Redis is bounded in time',
    `${REDIS}/gets.ts`,
    instead('setTimeout(() => this.expire(), timeoutMs)', 'setTimeout(() => undefined, timeoutMs)'),
    redisFaults,
  ),
  mutation(
    'G5',
    'a circuit opens after failures in a row',
    `${REDIS}/circuit.ts`,
    without('    this.openUntilMs = nowMs + this.openForMs;\n'),
    redisFaults,
  ),
  mutation(
    'G5',
    'a clear that missed Redis says so',
    'src/stores/tiered.ts',
    instead("cache: 'missed', cacheMaxAgeMs: this.cache.maxAgeMs, pending: true", "cache: 'done'"),
    redisFaults,
  ),
  mutation(
    'G6',
    'without a store nothing starts, unless it is wished',
    `${IDEMPOTENCY}/engine.ts`,
    instead("call.onStoreUnavailable === 'proceed' && call.transactional === undefined", 'true'),
    outages,
  ),
  mutation(
    'G6',
    'a completion is tried again while the claim lives',
    `${IDEMPOTENCY}/completion.ts`,
    instead('error instanceof StoreUnavailableError && held.alive', 'error === undefined'),
    outages,
  ),
  mutation(
    'G6',
    'a completion that could not be recorded is counted',
    `${IDEMPOTENCY}/completion.ts`,
    without("  engine.count(call, 'completed_unrecorded');\n"),
    outages,
  ),
  mutation(
    'G6',
    'a lock is not had without a store, whatever else proceeds',
    `${IDEMPOTENCY}/lock.ts`,
    instead("onStoreUnavailable: 'fail'", "onStoreUnavailable: 'proceed'"),
    { tests: ['service/outages'], grep: 'others: a lock error' },
  ),
  mutation(
    'G7',
    'results at rest have been through the codecs',
    `${IDEMPOTENCY}/codec.ts`,
    instead('if (payloadCodecs.length === 0) return this.atRest(plain);', 'return this.atRest(plain);'),
    { tests: ['integration/encryption'], grep: '' },
  ),
  mutation(
    'G7',
    'a key is hashed before it leaves the workflow',
    'src/interceptors/policy-header.ts',
    instead(
      'return hashKeys ? { hashedKey: sandboxHashKeyText(keyText) } : { keyText };',
      'return { keyText };',
    ),
    { tests: ['unit/interceptors/policy-header'], grep: '' },
  ),
  mutation(
    'G8',
    'a cache entry lives no longer than the record had left',
    `${REDIS}/redis-cache.ts`,
    instead('Math.min(outcome.retentionLeftMs, this.options.maxAgeMs)', 'this.options.maxAgeMs'),
    entries,
  ),
  mutation(
    'G8',
    'the time on the way to Redis is taken off',
    `${REDIS}/lua/fill-n.lua`,
    instead('tonumber(ARGV[4 + 2 * i]) - late', 'tonumber(ARGV[4 + 2 * i])'),
    entries,
  ),
  mutation(
    'G8',
    'a completion sent again is not kept in Redis',
    `${IDEMPOTENCY}/held-claim.ts`,
    instead('this.endingSent ? withoutKeeping(wanted) : wanted', 'wanted'),
    { tests: ['service/outages'], grep: 'done unheard' },
  ),
  mutation(
    'G8',
    'a worker measures its lease by the monotonic clock',
    `${IDEMPOTENCY}/held-claim.ts`,
    [
      instead('return performance.now() - this.confirmedAtMs', 'return Date.now() - this.confirmedAtMs'),
      instead('this.confirmedAtMs = claimedAtMs;', 'this.confirmedAtMs = Date.now();'),
      instead('this.confirmedAtMs = sentAtMs;\n    } catch', 'this.confirmedAtMs = Date.now();\n    } catch'),
      instead('nowMs - this.confirmedAtMs >=', 'Date.now() - this.confirmedAtMs >='),
    ],
    { tests: ['service/clocks'], grep: '' },
  ),
  mutation('G9', 'fields are in one order', 'src/key/canonical.ts', without('  sortNames(names);\n'), keys),
  mutation(
    'G8',
    'a lease is as long as was asked, in whole milliseconds',
    SQL,
    instead(
      "clock_timestamp() + a_lease_ms * interval '1 millisecond'",
      "clock_timestamp() + (a_lease_ms % 1000) * interval '1 millisecond'",
    ),
    { ...lone, grep: `${lone.grep}.*others: expiry` },
  ),
  mutation(
    'G9',
    'a hole in an array is refused',
    'src/key/canonical.ts',
    without("    if (item === undefined && !Object.hasOwn(value, index)) return refuse(walk, 'hole');\n"),
    keys,
  ),
  mutation(
    'G9',
    'a function, a symbol and the like are refused',
    'src/key/canonical.ts',
    instead('return refuse(walk, typeof value);', "return 'null';"),
    keys,
  ),
  mutation(
    'G9',
    'arguments are refused as given, before a converter may drop something',
    `${IDEMPOTENCY}/resolve.ts`,
    instead("    canonicalize(args, { root: 'args' });\n    const delivered", '    const delivered'),
    { tests: ['service/bad-input'], grep: 'as an argument' },
  ),
  mutation(
    'G10',
    'a key is given when it is there, whatever its value',
    `${IDEMPOTENCY}/policy-summary.ts`,
    instead("return 'key' in policy ||", 'return Boolean(policy.key) ||'),
    duplicates,
  ),
  mutation(
    'G10',
    'a key is given when it is there, in workflow code too',
    'src/interceptors/policy-header.ts',
    instead("if (!('key' in policy)) return {};", 'if (!policy.key) return {};'),
    { tests: ['unit/interceptors/policy-header'], grep: '' },
  ),
  mutation(
    'G9',
    'a part of a task key brings no separator of its own',
    'src/key/task-keys/parts.ts',
    instead('value.replace(/[%:]/g,', 'value.replace(/[%]/g,'),
    taskKeys,
  ),
  mutation(
    'G9',
    'an escape in a task key is no part that reads so',
    'src/key/task-keys/parts.ts',
    instead('value.replace(/[%:]/g,', 'value.replace(/[:]/g,'),
    taskKeys,
  ),
  mutation(
    'G10',
    'a given part of a task key is not taken for one that was left out',
    'src/key/task-keys/parts.ts',
    instead("return text === ABSENT ? '%2D' : text;", 'return text;'),
    taskKeys,
  ),
  mutation(
    'G10',
    'only undefined is missing in a task key',
    'src/key/task-keys/parts.ts',
    instead(
      'if (fields[part.field] === undefined) return ABSENT;',
      'if (!fields[part.field]) return ABSENT;',
    ),
    taskKeys,
  ),
  mutation(
    'G10',
    'no byte is another result than none',
    `${REDIS}/entry.ts`,
    instead("const kept = letter === 'C' || letter === 'F';", 'const kept = entry.length > executionEnd;'),
    entries,
  ),
  mutation(
    'G11',
    'a recorded outcome is not for other arguments',
    `${IDEMPOTENCY}/engine.ts`,
    without('    this.checkFingerprint(call, outcome);\n'),
    duplicates,
  ),
  mutation(
    'G11',
    'a live claim is not waited for with other arguments',
    `${IDEMPOTENCY}/engine.ts`,
    without('          this.checkFingerprint(call, answer);\n'),
    duplicates,
  ),
  mutation(
    'G11',
    'a call of this process is not followed with other arguments',
    `${IDEMPOTENCY}/engine.ts`,
    without('      this.checkFingerprint(call, flight);\n'),
    duplicates,
  ),
  mutation(
    'G11',
    'a vanished claim is not taken over with other arguments',
    SQL,
    without(
      '\n      AND (fingerprint IS NULL OR asker_fingerprint IS NULL OR fingerprint = asker_fingerprint\n        OR coalesce(fingerprint = asker_fingerprint_2, false))',
    ),
    lone,
  ),
  mutation(
    'G11',
    'the own retry of an execution is exempt',
    `${IDEMPOTENCY}/engine.ts`,
    without(' || record.execution === call.owner.execution'),
    { tests: ['integration/retries'], grep: 'exempt' },
  ),
  mutation(
    'G12',
    'control flow is no outcome',
    `${IDEMPOTENCY}/cacheable.ts`,
    without(
      "  if (error instanceof CompleteAsyncError || error instanceof CancelledFailure || error.name === 'AbortError')\n    return false;\n",
    ),
    errors,
  ),
  mutation(
    'G12',
    'an error that says itself that it is final is an outcome',
    `${IDEMPOTENCY}/cacheable.ts`,
    without('error.nonRetryable === true || '),
    errors,
  ),
  mutation(
    'G12',
    'a retryable failure is no outcome',
    `${IDEMPOTENCY}/cacheable.ts`,
    instead('error.nonRetryable === true ||', 'error.nonRetryable !== undefined ||'),
    errors,
  ),
  mutation(
    'G13',
    'the fingerprint is of the arguments as they were at the call',
    `${IDEMPOTENCY}/resolve.ts`,
    instead(
      'new ArgsFingerprints(argsText, this.forms, !explicit)',
      "Object.defineProperty({ impliedByKey: !explicit } as never, 'all', { get: () => new ArgsFingerprints(this.argsText(args), this.forms, !explicit).all })",
    ),
    running,
  ),
  mutation(
    'G13',
    'each body knows its own claim, nested and in parallel',
    `${IDEMPOTENCY}/claim-context.ts`,
    instead(
      'new AsyncLocalStorage<ClaimFrame>()',
      '{ held: undefined as never, run(frame: never, body: never) { this.held = frame; return (body as never as () => unknown)(); }, getStore() { return this.held; } }',
    ),
    running,
  ),
  mutation(
    'G2',
    'a claim ends at its hard end: a hung body holds no key for ever',
    `${IDEMPOTENCY}/held-claim.ts`,
    instead('nowMs >= this.hardEndMs', 'nowMs < 0'),
    running,
  ),
  mutation(
    'G1',
    'the fence is drawn after the lock, not when the row was read',
    SQL,
    [
      instead(
        'SELECT i.*, r.state, r.fence AS old_fence',
        "SELECT i.*, nextval('{{schema}}.fences') AS early, r.state, r.fence AS old_fence",
      ),
      instead("fence = nextval('{{schema}}.fences'), nonce = l.nonce", 'fence = l.early, nonce = l.nonce'),
    ],
    slowClaim,
  ),
  mutation(
    'G11',
    'a completion keeps the fingerprint of its claim',
    SQL,
    instead(
      '    payload = a_payload,\n    context = a_context\n',
      '    payload = a_payload,\n    context = a_context, fingerprint = NULL\n',
    ),
    { ...lone, grep: `${lone.grep}outcomes` },
  ),
  mutation(
    'G11',
    'a completion in a batch keeps the fingerprint of its claim',
    SQL,
    instead('    context = l.context\n', '    context = l.context, fingerprint = NULL\n'),
    { ...batch, grep: `${batch.grep}.*outcomes` },
  ),
  mutation(
    'G7',
    'failures at rest have been through the codecs',
    `${IDEMPOTENCY}/codec.ts`,
    instead(
      '(payloads) =>\n      encode(payloadCodecs, payloads, this.context),',
      '(payloads) => Promise.resolve(payloads),',
    ),
    { tests: ['integration/encryption'], grep: '' },
  ),
  mutation(
    'G15',
    'a call without a policy gets no header',
    'src/interceptors/workflow-outbound.ts',
    instead(
      'if (idempotency === undefined || HEADER in input.headers) return next({ ...input, options });',
      'if (HEADER in input.headers) return next({ ...input, options });',
    ),
    { tests: ['integration/precedence'], grep: 'a plain activity' },
  ),
  mutation(
    'G15',
    'a header of a newer version is refused before the body',
    'src/interceptors/header.ts',
    without('  if (header.v > VERSION) throw new HeaderVersionError(header.v, VERSION);\n'),
    { tests: ['integration/header-version'], grep: '' },
  ),
  mutation(
    'G15',
    'a local activity keeps its name through the backoff of the SDK',
    'src/interceptors/workflow-outbound.ts',
    without('      if (again != null) this.localIds.set(again, localId);\n'),
    { tests: ['integration/local-activities'], grep: 'backoff' },
  ),
  mutation(
    'G3',
    'a holder that was stalled since it won asks before it begins',
    `${IDEMPOTENCY}/body.ts`,
    without('    if (!held.alive) await confirmed(engine, call, held).catch(leftAsItIs);\n'),
    { tests: ['service/late-start'], grep: '' },
  ),
  mutation(
    'G14',
    'nothing is swept before it has been free for the rest time',
    UPKEEP_SQL,
    sweepWith('AND r.state IN (0, 2, 3) AND r.claimed_at < oldest_statement'),
    sweep,
  ),
  mutation(
    'G14',
    'a running record is never swept: when its lease is over, its outcome is unknown',
    UPKEEP_SQL,
    sweepWith('AND greatest(r.ends_at, r.settled_at) < rested AND r.claimed_at < oldest_statement'),
    sweep,
  ),
  mutation(
    'G14',
    'what was claimed after a statement began that still runs stays: that one may hold a smaller fence',
    UPKEEP_SQL,
    sweepWith('AND r.state IN (0, 2, 3) AND greatest(r.ends_at, r.settled_at) < rested'),
    { ...sweep, grep: 'sweep of records.*after a statement began' },
  ),
  mutation(
    'G14',
    'an operation that was let go keeps its steps for the retry that has yet to come',
    UPKEEP_SQL,
    without(
      '      AND (r.state <> 0 OR NOT EXISTS (SELECT 1 FROM {{schema}}.steps s WHERE s.key = r.key AND s.fence > r.life))\n',
    ),
    { ...sweep, grep: 'sweep of records.*with a step' },
  ),
  mutation(
    'G6',
    'what the server accepted of a vanished holder is adopted',
    `${IDEMPOTENCY}/unknown-outcome.ts`,
    instead("if (accepted.kind === 'completed') {", "if (accepted.kind === ('never' as string)) {"),
    { tests: ['integration/history-decides'], grep: '' },
  ),
  mutation(
    'G12',
    'an unknown outcome that shall fail is recorded, so that nobody runs the body',
    `${IDEMPOTENCY}/unknown-outcome.ts`,
    without("    if (onUnknownOutcome === 'fail') return await fail(heir);\n"),
    { tests: ['service/unknown-outcomes'], grep: '' },
  ),
  mutation(
    'G15',
    'a repeated signal is dropped behind `patched`: histories in which it was delivered replay',
    'src/interceptors/workflow-messages.ts',
    instead("if (arrival === 'first' || !patched(MESSAGES_PATCH)) {", "if (arrival === 'first') {"),
    { tests: ['integration/messages-replay'], grep: '' },
  ),
  mutation(
    'G3',
    'a repeated signal is not delivered',
    'src/interceptors/workflow-messages.ts',
    instead(
      'else if (this.drops(signal, keyed)) return Promise.resolve();',
      'else this.drops(signal, keyed);',
    ),
    { tests: ['integration/signals-once'], grep: '' },
  ),
  mutation(
    'G3',
    'what a workflow remembers of its messages goes into the next run',
    'src/interceptors/workflow-message-state.ts',
    instead('{ ...filled, [MEMO_FIELD]: this.memory.carried() }', '{ ...filled }'),
    { tests: ['integration/signals-once', 'integration/updates-once'], grep: '' },
  ),
  mutation(
    'G3',
    'an update that ends in the task that continues as new is handed over, too',
    'src/interceptors/workflow-updates.ts',
    instead('this.handed ? commands.map', 'this.handed && Math.PI < 3 ? commands.map'),
    { tests: ['integration/updates-once'], grep: 'in the very task' },
  ),
  mutation(
    'G3',
    'a repeated update is answered with the recorded outcome',
    'src/interceptors/workflow-updates.ts',
    instead('...(fromPlain(outcome) as RecordedOutcome)', 'completed: {}'),
    { tests: ['integration/updates-once'], grep: '' },
  ),
  mutation(
    'G11',
    'other arguments of a keyed update have another id, so that the server does not answer for them',
    'src/key/message-key.ts',
    instead('fingerprint === undefined ? key', 'fingerprint !== null ? key'),
    { tests: ['integration/updates-once'], grep: 'other arguments' },
  ),
  mutation(
    'G11',
    'the workflow compares the arguments of a repeated update',
    'src/interceptors/message-memory.ts',
    instead(
      "before === '' || now === '' || before === now",
      "before !== 'never' || now === '' || before === now",
    ),
    { tests: ['integration/updates-once', 'unit/interceptors/message-memory'], grep: 'other arguments' },
  ),
  mutation(
    'G15',
    'a message with a header of a newer version is left to a worker that can read it',
    'src/interceptors/message-header.ts',
    without('  if (header.v > VERSION) throw new HeaderVersionError(header.v, VERSION);\n'),
    { tests: ['integration/messages-header-version'], grep: 'an update with a validator' },
  ),
  mutation(
    'G7',
    'with `hashKeys` no key of a message travels readable',
    'src/key/message-key.ts',
    instead('(given.hashKeys ?? hashKeys) ?', 'given.hashKeys === true ?'),
    { tests: ['integration/messages-encryption'], grep: 'hashed keys' },
  ),
  mutation(
    'G1',
    'a run of an occurrence that another one has begun asks the server whether that one goes on',
    `${IDEMPOTENCY}/occurrence.ts`,
    without("      if (vanished !== undefined && (await this.isLive(vanished))) return { kind: 'live' };\n"),
    occurrences('two schedules with one key share'),
  ),
  mutation(
    'G3',
    'a run of an occurrence that has an outcome does not begin its body',
    'src/interceptors/workflow-occurrence.ts',
    instead("=== 'replay')\n      return", "=== ('never' as string))\n      return"),
    occurrences('a backfill of an instant that ran'),
  ),
  mutation(
    'G3',
    'an outcome of an occurrence is recorded before its workflow completes',
    'src/interceptors/workflow-occurrence.ts',
    instead("await plainly(patient['temporal-once:occurrence-end'](ask, result))", "('stale' as string)"),
    occurrences('a backfill of an instant that ran'),
  ),
  mutation(
    'G3',
    'the next run of a chain is told which occurrence it carries on',
    'src/interceptors/workflow-occurrence.ts',
    instead('{ ...input, headers: writeHeader(input.headers, { occurrence }) }', 'input'),
    occurrences('a chain of runs'),
  ),
  mutation(
    'G12',
    'a run of an occurrence that fails lets it go',
    'src/interceptors/workflow-occurrence.ts',
    instead('if (error instanceof TemporalFailure &&', 'if (error === ask &&'),
    occurrences('a run that was terminated, or cancelled, or failed'),
  ),
  mutation(
    'G15',
    'a run of an occurrence that began without the interceptor goes on without it',
    'src/interceptors/workflow-occurrence.ts',
    instead(' || !patched(PATCH)', ''),
    occurrences('a run that began without the interceptor'),
  ),
  mutation(
    'G15',
    'a worker without activities does not begin to poll for them',
    'src/activities/internal.ts',
    instead('...(hasOwn ? {} : { enableNonLocalActivities: false }),', ''),
    occurrences('a worker without activities has ours'),
  ),
  mutation(
    'G3',
    'nobody sees an HTTP response before it is recorded',
    `${HTTP}/response-capture.ts`,
    instead(
      '        resolve(this.recorded());\n',
      '        resolve(this.recorded());\n        this.send();\n',
    ),
    http('before it is recorded'),
  ),
  mutation(
    'G11',
    'the bytes of its body belong to the fingerprint of an HTTP request',
    `${HTTP}/run-request.ts`,
    instead('path, body: bodyDigest, headers', 'path, headers'),
    http('another body, path'),
  ),
  mutation(
    'G12',
    'a response from 500 on is no outcome',
    `${HTTP}/run-request.ts`,
    without('        if (!settings.isOutcome(response.status)) throw new NoOutcome();\n'),
    http('below 500 is an outcome'),
  ),
  mutation(
    'G12',
    'what an HTTP handler throws is no outcome, whatever it says of itself',
    `${HTTP}/run-request.ts`,
    instead('throw new HandlerFailed(error);', 'throw error;'),
    http('a handler that throws'),
  ),
  mutation(
    'G12',
    'a caller that goes away cancels no handler',
    `${HTTP}/run-request.ts`,
    without('        waits.over();\n'),
    http('a caller that goes away'),
  ),
  mutation(
    'G7',
    'what is told of activity types has no value of a scope',
    `${IDEMPOTENCY}/policy-summary.ts`,
    without("      .map((part) => part.split('=')[0])\n"),
    { tests: ['unit/idempotency/worker-types'], grep: 'names of a scope' },
  ),
  mutation(
    'G11',
    'a start is compared with what the first event of the run keeps',
    'src/interceptors/start-call.ts',
    instead('recorded === undefined || all.includes(recorded)', 'all.length > 0'),
    starts('while the first runs'),
  ),
  mutation(
    'G11',
    'a run is compared before a signal is sent to it, which could not be taken back',
    'src/interceptors/client-starts.ts',
    without('        if (record.open === undefined) await comparedBefore(host, call);\n'),
    starts('while the first runs'),
  ),
  mutation(
    'G11',
    'a run is compared before an update is sent to it',
    'src/interceptors/start-with-update.ts',
    without('      if (record.open === undefined) await comparedBefore(host, call);\n'),
    starts('while the first runs'),
  ),
  mutation(
    'G11',
    'a run that continued as new is compared with the first of its chain',
    'src/temporal/workflow-runs.ts',
    instead('(await beginningOf(server, workflowId, begun.firstRunId)) ?? begun', 'begun'),
    starts('chain that continued as new'),
  ),
  mutation(
    'G3',
    'a completed workflow is not started again while the server knows it',
    'src/interceptors/id-policies.ts',
    instead("reuse ?? 'ALLOW_DUPLICATE_FAILED_ONLY'", "reuse ?? ('ALLOW_DUPLICATE' as never)"),
    starts('completed gets the first run'),
  ),
  mutation(
    'G3',
    'a recorded outcome of a workflow answers when the server has forgotten the run',
    'src/interceptors/client-starts.ts',
    without(
      '        if (record.outcome !== undefined) return { runId: record.outcome.runId, eagerlyStarted: false };\n',
    ),
    hardStarts('answers when the server has forgotten'),
  ),
  mutation(
    'G3',
    'what the server forgot before its end was read is not started again',
    'src/interceptors/start-record.ts',
    without("  if (known.kind === 'lost') throw outcomeNotKept(known);\n"),
    hardStarts('does not start again'),
  ),
  mutation(
    'G1',
    'while a secret changes, starts under both ids take one lock',
    'src/interceptors/start-forms.ts',
    instead('return await service.lock(name, {}, begin);', 'return await begin();'),
    hardStarts('callers on both sides'),
  ),
  mutation(
    'G6',
    'a start without its store fails before the server is asked',
    'src/interceptors/start-record.ts',
    instead(
      "if (host.onStoreUnavailable === 'fail') {",
      "if (host.onStoreUnavailable === ('never' as string)) {",
    ),
    hardStarts('out of reach'),
  ),
  mutation(
    'G8',
    "a window is the one that the store's clock is in",
    'src/idempotency/start.ts',
    instead('needsClock(window) ? await clock() : undefined', 'needsClock(window) ? new Date() : undefined'),
    hardStarts('however wrong the clock'),
  ),
  mutation(
    'G9',
    'a key that begins with @ is not one in a window',
    'src/key/escape.ts',
    instead("'~=#@'", "'~=#'"),
    { tests: ['unit/key/window'], grep: 'never meet' },
  ),
  mutation(
    'G3',
    'a run whose outcome is recorded makes room for no other',
    STARTS_SQL,
    instead('      AND (t.state = 3 OR (t.state IN', '      AND (t.state IN (2, 3) OR (t.state IN'),
    startContract,
  ),
  mutation(
    'G3',
    'a run that is open makes room only for one that is known to follow it',
    STARTS_SQL,
    without(' AND t.run_id = a_replaces'),
    startContract,
  ),
  mutation(
    'G3',
    'a run whose key was cleared records nothing any more',
    STARTS_SQL,
    instead('AND t.state IN (1, 4)\n', 'AND t.state IN (0, 1, 4)\n'),
    startContract,
  ),
  mutation(
    'G3',
    'a clear frees the start with the record',
    STARTS_SQL,
    instead(
      'freed AS (UPDATE {{schema}}.starts s SET state = 0,',
      'freed AS (UPDATE {{schema}}.starts s SET state = s.state,',
    ),
    startContract,
  ),
  mutation(
    'G1',
    'the outcome of a start is not written over a live claim',
    STARTS_SQL,
    without('\n    WHERE r.state = 0 OR r.ends_at <= clock_timestamp()'),
    startContract,
  ),
  mutation(
    'G14',
    'an open start is never swept, whatever its age',
    STARTS_SQL,
    instead(
      'WHERE s.state <> 1 AND s.ends_at < clock_timestamp()\n',
      'WHERE s.started_at < clock_timestamp()\n',
    ),
    { ...sweep, grep: 'trims starts' },
  ),
  mutation(
    'G3',
    'the outcome of a start is recorded before its caller sees it',
    'src/temporal/watched-connection.ts',
    instead(
      'if (event !== undefined) await watcher.closed(',
      'if (event !== undefined) void watcher.closed(',
    ),
    { tests: ['unit/temporal/watched-connection'], grep: '' },
  ),
  mutation(
    'G3',
    'a namespace that the server does not know is no run that it has forgotten',
    'src/server-answers.ts',
    instead("one.includes('NamespaceNotFound')", "one.includes('Never')"),
    { tests: ['integration/start-records'], grep: 'a namespace that' },
  ),
  mutation(
    'G3',
    'a run that is reset goes on under its key',
    'src/temporal/chain-end.ts',
    without('    if (ofChain) runId = latest.runId;\n'),
    { tests: ['integration/start-records'], grep: 'a run that is reset' },
  ),
  mutation(
    'G11',
    'a duplicate start of a standalone activity is compared with the arguments that the server keeps',
    'src/interceptors/client-activities.ts',
    without(
      '  if (recorded !== given) throw new FingerprintMismatchError(keys[0] as string, recorded, given);\n',
    ),
    { tests: ['integration/standalone-starts'], grep: 'is refused while the first runs' },
  ),
  mutation(
    'G3',
    'a duplicate start of a standalone activity gets the run that was first',
    'src/interceptors/client-activities.ts',
    instead("idConflictPolicy: 'FAIL' };", "idConflictPolicy: 'USE_EXISTING' };"),
    { tests: ['integration/standalone-starts'], grep: 'is refused while the first runs' },
  ),
  mutation(
    'G11',
    'a child that another workflow started is compared with the arguments in its start event',
    'src/activities/child-runs.ts',
    instead('recorded !== undefined && !given.includes(recorded)', 'recorded === null'),
    { tests: ['integration/children'], grep: 'with other arguments is refused' },
  ),
  mutation(
    'G11',
    'a start that meets the run of a child is compared with the arguments in its start event',
    'src/interceptors/recorded-start.ts',
    instead('return fingerprintsOf(resolver, args, {})[0];', 'return undefined;'),
    { tests: ['integration/child-and-client'], grep: 'a client that meets' },
  ),
  mutation(
    'G11',
    "a child that meets a client's run is compared with what the client wrote into it",
    'src/interceptors/recorded-start.ts',
    instead('return written.start.fingerprint;', 'return undefined;'),
    { tests: ['integration/child-and-client'], grep: 'a parent that meets' },
  ),
  mutation(
    'G3',
    'the outcome of a child is that of the last run of its chain',
    'src/temporal/chain-end.ts',
    instead(
      "if (next === undefined) return { kind: 'over', event };",
      "if (next !== null) return { kind: 'over', event };",
    ),
    { tests: ['integration/children'], grep: 'continue-as-new' },
  ),
  mutation(
    'G15',
    'a workflow that began without children that are started once goes on as it began',
    'src/interceptors/workflow-children.ts',
    instead('if (!patched(CHILDREN_PATCH)) return', 'if (CHILDREN_PATCH.length === 0) return'),
    { tests: ['integration/children'], grep: 'began without it' },
  ),
  mutation(
    'G15',
    'a workflow that began without the pre-flight goes on as it began',
    'src/interceptors/workflow-preflight.ts',
    without(' || !patched(PREFLIGHT_PATCH)'),
    { tests: ['integration/preflight'], grep: 'began without it' },
  ),
  mutation(
    'G11',
    'the pre-flight compares arguments',
    'src/activities/preflight.ts',
    without('    engine.checkFingerprint(call, outcome);\n'),
    { tests: ['integration/preflight'], grep: 'other arguments' },
  ),
  mutation(
    'G6',
    'a pre-flight that finds nothing, or fails, sends the activity its normal way',
    'src/interceptors/workflow-preflight.ts',
    instead('if (answer === undefined) return undefined;', 'if (answer === undefined) throw error;'),
    { tests: ['integration/preflight'], grep: 'store away' },
  ),
  mutation(
    'G9',
    'a worker without the activity looks only for a key that the call names whole',
    'src/activities/preflight.ts',
    instead('if (!here && !namesItsKey(asked))', "if (!here && type === '')"),
    { tests: ['integration/preflight'], grep: 'without the activity asks only' },
  ),
  mutation(
    'G7',
    "a number that can't be kept is refused without being shown",
    'src/schedules/plan/yaml-values.ts',
    instead(
      "'a number with more digits than JavaScript keeps'",
      '`${source} has more digits than JavaScript keeps`',
    ),
    { tests: ['unit/schedules/plan/plan-yaml'], grep: 'no value of an argument' },
  ),
  mutation(
    'G9',
    'a workflow argument in a plan that JSON has no form for is refused',
    'src/schedules/plan/json-value.ts',
    instead('if (!isMapping(value))', 'if (false)'),
    { tests: ['unit/schedules/plan/plan-values'], grep: 'what JSON has no form for' },
  ),
  mutation(
    'G9',
    'a whole number in a plan that would lose digits is refused',
    'src/schedules/plan/yaml-values.ts',
    instead(' && !Number.isSafeInteger(value)', ' && false'),
    { tests: ['unit/schedules/plan/plan-refusals'], grep: 'more digits' },
  ),
  mutation(
    'G8',
    'the body of a run that reaches a worker after its expiry is not run',
    'src/interceptors/workflow-expiry.ts',
    instead('if (lateMs <= 0 ||', 'if (lateMs <= Infinity ||'),
    expiry('workers down past expiry'),
  ),
  mutation(
    'G8',
    'a run that jitter delays has its whole time to begin',
    'src/interceptors/workflow-expiry.ts',
    instead(' + expiry.jitterMs', ''),
    expiry('jitter is added'),
  ),
  mutation(
    'G12',
    'a reset of an expired run is asked for by a person, and runs',
    'src/interceptors/workflow-expiry.ts',
    instead('if (info.runId !== info.firstExecutionRunId)', "if (info.runId === '')"),
    expiry('reset to its first task'),
  ),
  mutation(
    'G15',
    'a late run that began without the interceptor goes on without it',
    'src/interceptors/workflow-expiry.ts',
    instead(' || !patched(PATCH)', ''),
    expiry('histories replay'),
  ),
  mutation(
    'G6',
    'a run that expires is counted',
    'src/activities/expired.ts',
    instead("'expired')", "'first')"),
    expiry('workers down past expiry'),
  ),
  mutation(
    'G1',
    'a reserved composite key is handed on to the same schedule only',
    SCHEDULES_SQL,
    instead('(t.state = 1 AND t.schedule_id = excluded.schedule_id)', '(t.state = 1)'),
    registry('200 creators in 4 processes, without Redis'),
  ),
  mutation(
    'G1',
    'a reservation of another schedule is not taken over in its lease',
    SCHEDULES_SQL,
    instead(
      't.token = a_instead_of AND (t.state = 2 OR t.ends_at <= clock_timestamp())',
      't.token = a_instead_of',
    ),
    { tests: ['stores/schedules'], grep: 'a dead row is taken over' },
  ),
  mutation(
    'G1',
    'a schedule that the server has with the key of its reservation is live, whoever told or did not tell',
    REGISTRY,
    without(
      "      if (row.state === 'reserving') await this.store.live(factsOf(row), randomUUID(), row.token);\n",
    ),
    registry('adopts what is there'),
  ),
  mutation(
    'G1',
    'a schedule created after its reservation was taken over is removed again',
    REGISTRY,
    without('    await deleteSchedule(this.client, wanted.scheduleId, this.leaseMs);\n'),
    registry('stood still while its key was taken over'),
  ),
  mutation(
    'G1',
    'schedules that are not in the registry are looked for on the server',
    REGISTRY,
    instead(
      "    if (other !== undefined) await this.refuse(wanted, other.scheduleId, 'live');\n    const around",
      '    const around',
    ),
    registry('a schedule of another SDK'),
  ),
  mutation(
    'G6',
    'a reservation that the server refused is let go',
    REGISTRY,
    instead('REFUSALS.has(code))) await', 'REFUSALS.has(-code))) await'),
    registry('what the server refuses leaves no reservation'),
  ),
  mutation(
    'G1',
    'resource and tenant are in the composite key',
    'src/schedules/composite-key.ts',
    instead('parts.jobType, parts.tenant, parts.resource]', 'parts.jobType]'),
    registry('another tenant, resource, job type or time'),
  ),
  mutation(
    'G1',
    'who finds a live schedule with its composite key is refused',
    REGISTRY,
    instead("      return this.refuse(wanted, row.scheduleId, 'live');", '      return row.token;'),
    registry('the second one is refused'),
  ),
  mutation(
    'G1',
    'a schedule that was deleted by hand gives its composite key up',
    REGISTRY,
    instead('    return row.token;', '    return undefined;'),
    clashes('delete: the same job is created again'),
  ),
  mutation(
    'G1',
    'a schedule whose creator was killed before the server had it is created by the next one at once',
    SCHEDULES_SQL,
    instead('(t.state = 1 AND t.schedule_id = excluded.schedule_id)', 'false'),
    registry('killed between reservation and server: the next process'),
  ),
  mutation(
    'G1',
    'the composite key of a creator that was killed goes to another schedule once its lease is over',
    SCHEDULES_SQL,
    instead(
      't.token = a_instead_of AND (t.state = 2 OR t.ends_at <= clock_timestamp())',
      't.token = a_instead_of AND t.state = 2',
    ),
    registry('killed between reservation and server: the job under another id'),
  ),
  mutation(
    'G1',
    'a schedule whose creator was killed after the server had it is live once `ensure` finds it',
    REGISTRY,
    without("    if (row?.compositeKey !== compositeKey) await this.createdIt(wanted, 'present');\n"),
    registry('killed between server and registry: the next process'),
  ),
  mutation(
    'G1',
    'runs that would need one resource at once are refused',
    'src/schedules/validate/one-against.ts',
    instead('if (declared && resource', 'if (!declared && resource'),
    clashes('free of an overlap'),
  ),
  mutation(
    'G1',
    'a distance that a schedule asks for is kept when it is registered',
    'src/registry/separations.ts',
    instead('...asked(one, other), ', ''),
    clashes('a separation that is asked for'),
  ),
  mutation(
    'G1',
    'a distance that a registered schedule asks for is kept by who comes later',
    'src/registry/separations.ts',
    instead(', ...asked(other, one)', ''),
    clashes('a separation that is asked for'),
  ),
  mutation(
    'G1',
    'a schedule changed by hand is held against others as the server has it',
    'src/registry/clashes.ts',
    instead('of await this.survey.changed(live, this.askWithinMs)', 'of []'),
    clashes('update before anybody asked'),
  ),
  mutation(
    'G1',
    'an offset that is told to be free meets no other schedule',
    'src/registry/free-offsets.ts',
    without(' || !around.free(move.spec)'),
    clashes('free of an overlap'),
  ),
  mutation(
    'G1',
    "an offset that is told to be free is nobody else's composite key",
    'src/registry/free-offsets.ts',
    instead('if (!others.has(key)) found', 'found'),
    { tests: ['unit/registry/free-offsets'], grep: 'nearest first' },
  ),
  mutation(
    'G8',
    'what a plan says of expiry is in the header of the schedule that apply creates',
    'src/schedules/request.ts',
    instead('job.expiresAfterMs === undefined ? null : expiryHeader(server, job)', 'null'),
    reconciledExpiry('a late run of what apply created expires'),
  ),
  mutation(
    'G8',
    'what a plan says of expiry reaches the schedule that `ensure` creates',
    'src/registry/schedule-job.ts',
    instead('...defined({ expiresAfter: job.expiresAfterMs }),', ''),
    expiry('late runs of what .ensure. creates expire'),
  ),
  mutation(
    'G8',
    'another expiry in the plan is written in place, and the rest of the header kept',
    'src/schedules/request.ts',
    instead('expiryHeader(server, job, action.header)', 'expiryHeader(server, job)'),
    reconciledExpiry('a change is one update'),
  ),
  mutation(
    'G1',
    'an operator who paused a schedule is not overruled by a plan that does not say so',
    'src/schedules/diff.ts',
    instead(' || job.paused || saysPaused(job)', ' || true'),
    reconciled('an operator may pause'),
  ),
  mutation(
    'G9',
    'two jobs of one composite key are an error of a plan, however their times are written',
    `${VALIDATE}/prepared.ts`,
    instead('composite: compositeText(job, text)', 'composite: job.name'),
    plans('equal composite keys'),
  ),
  mutation(
    'G9',
    'runs of two jobs meet from start to start plus duration',
    `${VALIDATE}/overlap.ts`,
    instead(
      'reachOf(a, b, durationOf(a), durationOf(b));\n  const found = meetings(a.starts, b',
      'reachOf(a, b, INSTANT_MS, INSTANT_MS);\n  const found = meetings(a.starts, b',
    ),
    plans('overlaps and separations: the same verdict'),
  ),
  mutation(
    'G9',
    'runs of a job that may overlap are held against one another',
    `${VALIDATE}/overlap.ts`,
    without('      yield* withItself(prepared, a);\n'),
    plans('a job overlaps itself'),
  ),
  mutation(
    'G9',
    'jobs of other tenants share no resource in a plan',
    `${VALIDATE}/overlap.ts`,
    instead('JSON.stringify([tenant, resource])', 'JSON.stringify([resource])'),
    plans('other tenants, resources'),
  ),
  mutation(
    'G9',
    'a collision beyond the horizon of a plan is no error, one within is',
    `${VALIDATE}/clash.ts`,
    instead("later ? 'information' : 'error'", "later ? 'error' : 'information'"),
    plans('a collision beyond the horizon'),
  ),
  mutation(
    'G9',
    'jitter widens what a run may meet',
    `${VALIDATE}/clash.ts`,
    instead('(afterMs + latest(a.jitterMs))', '(afterMs)'),
    plans('jitter counts as a start anywhere'),
  ),
  mutation(
    'G9',
    'a separation is kept both ways',
    `${VALIDATE}/separation.ts`,
    instead('reachOf(a, b, byMs, byMs)', 'reachOf(a, b, byMs, 1)'),
    plans('overlaps and separations: the same verdict'),
  ),
  mutation(
    'G9',
    'of two separations of one pair the longer one is wanted',
    `${VALIDATE}/separation.ts`,
    instead('if (byMs > (wanted.get(key)?.byMs ?? 0)) wanted', 'if (!wanted.has(key)) wanted'),
    plans('the longer of two separations'),
  ),
  mutation(
    'G9',
    'a minute that a plan avoids has no more starts than it wants',
    `${VALIDATE}/avoid.ts`,
    instead('if (count > maxStarts) lists', 'if (count > maxStarts + 1) lists'),
    plans('minutes to avoid: the same sets'),
  ),
  mutation(
    'G9',
    'jitter may carry a start into a minute that a plan avoids',
    `${VALIDATE}/avoid.ts`,
    instead('last = minuteOf(at + late)', 'last = minuteOf(at)'),
    plans('jitter carries a start into a minute'),
  ),
  mutation(
    'G9',
    'more runs than the capacity of a queue are a warning',
    `${VALIDATE}/queue-peak.ts`,
    instead('level > capacity;', 'level > capacity + 1;'),
    plans('a queue above its capacity'),
  ),
  mutation(
    'G9',
    'a job whose policy keeps its runs apart counts once on its queue',
    `${VALIDATE}/queue-peak.ts`,
    instead('alone ? Math.max(at, openUntil) : at', 'at'),
    plans('queues: the same peak'),
  ),
  mutation(
    'G9',
    'each clock change that costs a run or adds one is a warning',
    `${VALIDATE}/dst.ts`,
    instead(
      'yield atChange(prepared, one, change, group, entry.rewrite);',
      'if (change < 0) yield atChange(prepared, one, change, group, entry.rewrite);',
    ),
    plans('each clock change'),
  ),
  mutation(
    'G9',
    'times that are named instead were tried, and no clock change meets them',
    `${VALIDATE}/dst.ts`,
    without('    if (within(other, horizon).length > 0) continue;\n'),
    plans('each clock change'),
  ),
  mutation(
    'G9',
    'around a clock change starts are those of the server, one by one',
    `${VALIDATE}/starts-of-spec.ts`,
    instead('const AROUND_CHANGE_SECONDS = 26 * 3600;', 'const AROUND_CHANGE_SECONDS = 0;'),
    plans('starts are those of the engine'),
  ),
  mutation(
    'G9',
    'the end of a schedule is its last start, inclusive',
    `${VALIDATE}/starts-of-spec.ts`,
    instead('(spec.endAtMs ?? Infinity) / 1000) + 1)', '(spec.endAtMs ?? Infinity) / 1000))'),
    plans('endAt is inclusive'),
  ),
  mutation(
    'G9',
    'a job that takes longer than its interval is a warning',
    `${VALIDATE}/frequency.ts`,
    instead('[noStarts, duration, ', '[noStarts, '),
    plans('a duration above the interval'),
  ),
  mutation(
    'G9',
    'one stuck run that stops a schedule in silence is a warning',
    `${VALIDATE}/frequency.ts`,
    instead(' duration, stuck, ', ' duration, '),
    plans('SKIP without a timeout'),
  ),
  mutation(
    'G9',
    'an expiry above the interval is a warning',
    `${VALIDATE}/frequency.ts`,
    instead(' timeout, expiry, ', ' timeout, '),
    plans('a duration above the interval'),
  ),
  mutation(
    'G9',
    'a catch-up of more starts than anybody wants is a warning',
    `${VALIDATE}/frequency.ts`,
    instead('missed > MANY_STARTS &&', 'missed > Infinity &&'),
    plans('a catch-up of all at once'),
  ),
  mutation(
    'G9',
    'a job that does not start in the horizon is a warning',
    `${VALIDATE}/frequency.ts`,
    instead('if (starts.next(from) < until) return;', 'return;'),
    plans('a job without a start'),
  ),
  mutation(
    'G9',
    'two periods meet where the common divisor says, as often as it says',
    `${VALIDATE}/meetings.ts`,
    instead(
      'const rests = b.values.map((value) => value % common)',
      'const rests = b.values.map((value) => value)',
    ),
    plans('never, how many in a period'),
  ),
  mutation(
    'G9',
    'a first meeting far ahead is that of the congruences',
    `${VALIDATE}/arithmetic.ts`,
    instead('BigInt(mod(b - a, n) / common)', 'BigInt(mod(b - a, n))'),
    plans('never, how many in a period'),
  ),
  mutation(
    'G9',
    'congruences without a common solution have none',
    `${VALIDATE}/arithmetic.ts`,
    instead('if (mod(b - a, common) !== 0) return undefined;', ''),
    plans('have a solution exactly where'),
  ),
  mutation(
    'G9',
    'a plan with an error does not hold',
    `${VALIDATE}/validate-plan.ts`,
    instead("holds: !findings.some(({ severity }) => severity === 'error')", 'holds: true'),
    plans('is broken by email-reports alone'),
  ),
  mutation(
    'G9',
    'a peer that is not installed is bad input of every command',
    'src/cli/exit.ts',
    instead(', MissingPeerError];', '];'),
    { tests: ['integration/command-outcomes'], grep: 'one table|a peer that is not installed' },
  ),
  mutation(
    'G9',
    'a reader that stops early does not end what a command does',
    'src/cli/run-program.ts',
    instead("if (error.code !== 'EPIPE') throw error;", 'throw error;'),
    { tests: ['integration/command-outcomes'], grep: 'a reader that has seen enough' },
  ),
  mutation(
    'G1',
    'a schedule that is as the plan wants it gets no update',
    `${RECONCILE}/update.ts`,
    [
      without("    if (changes.length === 0) return { did: 'unchanged', changes, live, givenBack: [] };\n"),
      without('    if (changes.length === 0) continue;\n'),
    ],
    reconciled('what was applied is unchanged'),
  ),
  mutation(
    'G1',
    'what the server answers to an update of a schedule counts for nothing until Describe shows it',
    `${RECONCILE}/update.ts`,
    instead('if (changesOf(server, after, job).length === 0) {', 'if (true) {'),
    reconciled('an update that somebody overtakes'),
  ),
  mutation(
    'G2',
    'an update of a schedule carries the conflict token of what it changes',
    `${RECONCILE}/live.ts`,
    without('        conflictToken: live.conflictToken,\n'),
    reconciled('an update that somebody overtakes'),
  ),
  mutation(
    'G1',
    'a schedule that another one succeeds ends where that begins',
    `${RECONCILE}/successor.ts`,
    instead('spec: { ...old.spec, endAtMs: atMs - SECOND }', 'spec: old.spec'),
    reconciledDue('in a succession the old schedule ends'),
  ),
  mutation(
    'G1',
    'a due run that an update of its schedule dropped is started for it',
    `${RECONCILE}/update.ts`,
    instead('await giveBack(server, live, after, signal)', '[]'),
    reconciledDue('a run that an update makes the server forget'),
  ),
  mutation(
    'G1',
    'an update of a schedule waits for a run in its jitter window',
    `${RECONCILE}/update.ts`,
    instead('await dueRuns.settled(live, waitMs, signal)', 'await dueRuns.settled(live, 0, signal)'),
    reconciledDue('in its jitter window it is waited for'),
  ),
  mutation(
    'G1',
    'an update of a schedule is put off where a run is due later than was to be waited for',
    `${RECONCILE}/update.ts`,
    instead('if (settled.tooEarly) {', 'if (false) {'),
    reconciledDue('in its jitter window it is waited for'),
  ),
  mutation(
    'G1',
    'prune deletes only what has the mark of the plan',
    `${RECONCILE}/prune.ts`,
    instead('(row.imported || live.owner === name)', 'true'),
    reconciled('prune deletes what was agreed to'),
  ),
  mutation(
    'G1',
    'prune deletes what was agreed to and nothing that came up since',
    `${RECONCILE}/prune.ts`,
    instead('for (const { id } of agreed) {', 'for (const { id } of await prunable(plan, server, owned)) {'),
    reconciled('prune deletes what was agreed to'),
  ),
  mutation(
    'G6',
    'an unknown namespace is not taken for one without schedules',
    `${RECONCILE}/live.ts`,
    instead(
      'isUnknown,\n      this.host.workflowService.describeSchedule',
      'withCode(5),\n      this.host.workflowService.describeSchedule',
    ),
    reconciled('a namespace that is not there'),
  ),
  mutation(
    'G7',
    'the page answers no name that was made to point to it',
    `${PAGE}/guard.ts`,
    instead("if (access.acceptsHost(c.req.header('host'))) return next();", 'return next();'),
    access('on loopback to loopback names'),
  ),
  mutation(
    'G7',
    'the page demands a token where others can reach it',
    `${PAGE}/access.ts`,
    instead('demandToken || !isLoopback(host)', 'demandToken'),
    access('demands a token elsewhere'),
  ),
  mutation(
    'G7',
    'the cookie that the token was taken for is compared',
    `${PAGE}/guard.ts`,
    instead(
      'if (isSame(getCookie(c, cookieName(c)), session))',
      'if (getCookie(c, cookieName(c)) !== undefined)',
    ),
    access('demands a token elsewhere'),
  ),
  mutation(
    'G7',
    'a form carries the token of this start of the page',
    `${PAGE}/guard.ts`,
    instead(
      "if (typeof given === 'string' && isSame(given, access.formToken))",
      "if (typeof given === 'string')",
    ),
    access('changes nothing by a form'),
  ),
  mutation(
    'G7',
    'a form of another site is not read',
    `${PAGE}/guard.ts`,
    instead('isFromHere(from) ?', 'true ?'),
    access('changes nothing by a form'),
  ),
  mutation(
    'G7',
    'the page shows results to those who asked for them alone',
    `${PAGE}/pages/key-page.ts`,
    instead('reveal ? await revealed(context, life) : undefined', 'await revealed(context, life)'),
    decisions('shows no result'),
  ),
  mutation(
    'G7',
    'a page that was started to read only decides nothing',
    `${PAGE}/app.ts`,
    without(
      "  if (context.readOnly)\n    return refusal(c, 403, 'Nothing can be decided here', 'The page was started with --read-only.');\n",
    ),
    access('decides nothing where'),
  ),
  mutation(
    'G2',
    'a decision by the page is of the record that was looked at',
    `${PAGE}/decide.ts`,
    instead("fence: fenceOf(field(form, 'fence'))", 'fence: undefined'),
    decisions('another record stands there'),
  ),
  mutation(
    'G2',
    'the page decides nothing without a tick',
    `${PAGE}/decide.ts`,
    instead("if (field(form, 'sure') !== 'yes')", "if (field(form, 'sure') === 'no')"),
    access('changes nothing by a form'),
  ),
  mutation(
    'G2',
    'a vanished holder is stale once somebody has decided to run again',
    BY_HAND_SQL,
    instead(
      'SET state = 0, nonce = gen_random_uuid(), settled_at = clock_timestamp(),',
      'SET settled_at = clock_timestamp(),',
    ),
    byHand('tells one key from its claims'),
  ),
  mutation(
    'G3',
    'what is decided by hand is about the record that was looked at',
    BY_HAND_SQL,
    instead('IF a_fence IS NOT NULL AND r.fence IS DISTINCT FROM a_fence THEN', 'IF false THEN'),
    byHand('reconciles what vanished|decides nothing about a live claim'),
  ),
  mutation(
    'G3',
    'only an unknown outcome is run again or reconciled by hand',
    BY_HAND_SQL,
    instead("IF a_action <> 'clear' AND NOT", "IF a_action = 'none' AND NOT"),
    byHand('reconciles what vanished|decides nothing about a live claim'),
  ),
  mutation(
    'G3',
    'no index has a column that completing a record changes',
    BY_HAND_SQL,
    instead('{{schema}}.records (claimed_at, fence);', '{{schema}}.records (claimed_at, fence, state);'),
    byHand('stays a HOT update'),
  ),
  mutation(
    'G5',
    'Redis is told of a clear by hand',
    'src/stores/tiered.ts',
    instead('this.truth.decide(decision, this.cache.prefix)', 'this.truth.decide(decision)'),
    byHand('through Redis'),
  ),
  mutation(
    'G7',
    'a label is never in what is known of a vanished owner',
    'src/stores/postgres/rows.ts',
    instead('previousOwner: ownerIn(row.detail?.owner ?? {}),', 'previousOwner: row.detail?.owner ?? {},'),
    byHand('a label is shown'),
  ),
  mutation(
    'G7',
    'results are shown only where that was asked for',
    'src/cli/keys-show.ts',
    instead('flags.reveal === true && life !== undefined', 'life !== undefined'),
    { tests: ['integration/operators-command'], grep: 'payloads hidden unless revealed' },
  ),
].sort((a, b) => numberOf(a) - numberOf(b));

/** Its line in docs/guarantees.md. */
export function tableRow({ guarantee, file, keeps }) {
  return `| ${guarantee} | \`${file}\` | ${keeps} |`;
}
