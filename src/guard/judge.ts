import type { Connection } from '@temporalio/client';
import type { Registry } from '../registry/registry';
import { factsOfLive, identityOfLive, MEMO_FIELDS, wantedOf, type Wanted } from '../registry/wanted';
import type { ScheduleRow } from '../stores/schedules';
import { describeSchedule, readMemo, type SchedulesClient } from '../temporal/live-schedules';
import { Asker } from './asker';
import { specInput } from './request-spec';
import type { ScheduleRequest } from './schedule-request';

type Options = Parameters<typeof wantedOf>[1];

const ASK_WITHIN_MS = 10_000;
/** Names of namespaces come from whoever calls. */
const MOST_NAMESPACES = 500;

/**
 * `registered`: the registry has it. `same`: an update that changes neither times nor whose it is. `unjudged`: nobody can tell here
 * what it is, for its memo is encrypted or it brings a time zone of its own.
 */
export type Passed = 'registered' | 'same' | 'unjudged';

export interface Judgement<Answer> {
  readonly answer: Answer;
  readonly passed: Passed;
}

/** Sends the request on; the answer has that long. */
export type Send<Answer> = (withinMs: number) => Promise<Answer>;

interface Place {
  readonly asker: Asker;
  registry: Promise<Registry> | undefined;
}

/** Decides whether a creation or an update goes on to the server, and sees to it that the registry knows of it then. */
export class Judge {
  private readonly places = new Map<string, Place>();

  /** @param registryOf may fail for a time; it is asked again */
  constructor(
    private readonly connection: Connection,
    private readonly registryOf: (client: SchedulesClient) => Promise<Registry>,
  ) {}

  /**
   * @throws SpecError, InvalidOptionError, ScheduleConflictError, StoreUnavailableError, what the server says to the guard's own
   * questions, and what `send` throws
   */
  async decide<Answer>(request: ScheduleRequest, send: Send<Answer>): Promise<Judgement<Answer>> {
    const pass = async (passed: Passed): Promise<Judgement<Answer>> => ({
      answer: await send(Infinity),
      passed,
    });
    // The server refuses these.
    if (request.namespace === '' || request.scheduleId === '') return pass('unjudged');
    if ((request.spec?.timezoneData?.length ?? 0) > 0) return pass('unjudged');
    const place = this.placeOf(request.namespace);
    const wanted =
      request.method === 'CreateSchedule'
        ? await this.created(request, place)
        : await this.changed(request, place);
    if (wanted === 'same' || wanted === 'unjudged') return pass(wanted);
    const registry = await this.registryFor(place);
    const how = request.method === 'CreateSchedule' ? 'created' : 'changed';
    const answer = await registry.register(wanted, () => send(place.asker.leftMs()), how);
    return { answer, passed: 'registered' };
  }

  /** Runs with the credentials of a caller, for a guard that has none of its own. */
  as<T>(authorization: string | undefined, body: () => Promise<T>): Promise<T> {
    return authorization === undefined ? body() : this.connection.withMetadata({ authorization }, body);
  }

  private async created(request: ScheduleRequest, { asker }: Place): Promise<Wanted | 'unjudged'> {
    const memo = await readMemo(asker.options.loadedDataConverter, request.memo, MEMO_FIELDS);
    if (memo.unreadable.length > 0) return 'unjudged';
    return wantedOf(request.namespace, optionsOf(request, memo.texts));
  }

  private async changed(request: ScheduleRequest, place: Place): Promise<Wanted | 'same' | 'unjudged'> {
    const { namespace, scheduleId, workflowType } = request;
    const { asker } = place;
    const live = await describeSchedule(asker, scheduleId, ASK_WITHIN_MS, MEMO_FIELDS);
    // The server says that there is none.
    if (live === undefined) return 'same';
    const memo =
      request.memo === undefined
        ? live.memo
        : await readMemo(asker.options.loadedDataConverter, request.memo, MEMO_FIELDS);
    const row = await this.rowOf(request, place);
    const now = factsOfLive(namespace, live, row);
    const identity = identityOfLive(namespace, { ...live, workflowType, memo }, row);
    if (identity === undefined) return 'unjudged';
    // What the registry knows beyond the server stays.
    const known = row && {
      expectedDurationMs: row.expectedDurationMs,
      expiresAfterMs: row.expiresAfterMs,
      plan: row.plan,
      job: row.job,
    };
    let wanted: Wanted;
    try {
      wanted = wantedOf(namespace, optionsOf(request), { ...known, ...identity });
    } catch (error) {
      // One that fires at nothing by this engine may be changed in other ways all the same.
      if (now === undefined) return 'unjudged';
      throw error;
    }
    return wanted.compositeKey === now?.compositeKey ? 'same' : wanted;
  }

  /** Without the registry an update that changes nothing of importance still passes. */
  private async rowOf(
    { namespace, scheduleId }: ScheduleRequest,
    place: Place,
  ): Promise<ScheduleRow | undefined> {
    const rows = await this.registryFor(place)
      .then(({ store }) => store.withIds(namespace, [scheduleId]))
      .catch(() => []);
    return rows[0];
  }

  private placeOf(namespace: string): Place {
    const known = this.places.get(namespace);
    const place = known ?? { asker: new Asker(this.connection, namespace), registry: undefined };
    // The one that was not asked for longest goes.
    this.places.delete(namespace);
    this.places.set(namespace, place);
    const [oldest] = this.places.keys();
    if (this.places.size > MOST_NAMESPACES && oldest !== undefined) this.places.delete(oldest);
    return place;
  }

  private registryFor(place: Place): Promise<Registry> {
    if (place.registry !== undefined) return place.registry;
    const registry = this.registryOf(place.asker);
    place.registry = registry;
    registry.catch(() => {
      if (place.registry === registry) place.registry = undefined;
    });
    return registry;
  }
}

function optionsOf(
  { scheduleId, spec, workflowType, taskQueue }: ScheduleRequest,
  memo: Readonly<Record<string, string>> = {},
): Options {
  // The names of the engine are those of the SDK; its type has the words of SDK for months too.
  const input = specInput(spec) as unknown as Options['spec'];
  return { scheduleId, spec: input, memo, action: { workflowType, taskQueue } };
}
