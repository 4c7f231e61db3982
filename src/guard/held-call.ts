import { deliver, forward, NotForwarded, type Answer } from './forward';
import type { GuardEvent } from './events';
import { answerStatus, GRPC, Refusal } from './grpc-status';
import { messageOf, readWhole } from './held-message';
import type { Judge } from './judge';
import { refusalOf } from './refusal-of';
import type { ClientCall } from './relay';
import { readRequest, type Method, type ScheduleRequest } from './schedule-request';
import { timeoutHeader, timeoutMs } from './timeout-header';
import type { Upstream } from './upstream';

/** A client without a deadline does not hold a call for ever. */
const LONGEST_MS = 60_000;
const LAST_WORD_MS = 500;
const NOT_JUDGED =
  'the guard could not tell in time whether the schedule collides: another creation for the same times is under way, or the ' +
  'registry is slow. Nothing was sent to the server. Try again.';
const ENCODINGS = { 'grpc-accept-encoding': 'identity,deflate,gzip' };

/** Not sent, so that nothing can have come of it: without a status, which the registry would take for the server's. */
class NotSent extends Error {
  constructor(readonly why: Refusal) {
    super(why.message);
  }
}

/** Holds a call until it is judged; then passes it, as it came, and its answer once the registry knows of it. */
export async function hold(
  call: ClientCall,
  method: Method,
  { upstream, judge, ownKey }: { upstream: Upstream; judge: Judge; ownKey: boolean },
): Promise<GuardEvent> {
  const { stream: down, fields } = call;
  const startedAtMs = performance.now();
  const given = timeoutMs(fields['grpc-timeout'] as string | undefined) ?? LONGEST_MS;
  const leftMs = (): number => Math.min(given, LONGEST_MS) - (performance.now() - startedAtMs);
  // Said while the client still listens: of a deadline that is over it would learn no reason.
  let gaveUp = false;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => {
        gaveUp = true;
        reject(new Refusal(GRPC.failedPrecondition, NOT_JUDGED));
      },
      Math.max(0, leftMs() - LAST_WORD_MS),
    );
  });
  tooLate.catch(() => undefined);
  let request: ScheduleRequest | undefined;
  const event = (
    code: number,
    outcome: GuardEvent['outcome'],
    more: Partial<GuardEvent> = {},
  ): GuardEvent => ({
    ...{ method, namespace: request?.namespace ?? '', scheduleId: request?.scheduleId ?? '' },
    ...{ code, outcome },
    ...more,
  });
  try {
    const body = await readWhole(down);
    request = readRequest(method, await messageOf(body, fields['grpc-encoding'] as string | undefined));
    const asked = request;
    const send = (withinMs: number): Promise<Answer> => {
      const ms = Math.min(withinMs, leftMs());
      clearTimeout(timer);
      if (gaveUp) throw new NotSent(new Refusal(GRPC.cancelled, 'told already'));
      if (down.destroyed || down.closed)
        throw new NotSent(new Refusal(GRPC.cancelled, 'the client has gone'));
      if (ms <= 0) throw new NotSent(new Refusal(GRPC.deadlineExceeded, 'the time for the call is over'));
      const held = { ...call, body, fields: { ...fields, 'grpc-timeout': timeoutHeader(ms) } };
      return forward(held, upstream, ms);
    };
    const authorization = ownKey ? undefined : fields['authorization'];
    const judged = judge.as(authorization, () => judge.decide(asked, send));
    const { answer, passed } = await Promise.race([judged, tooLate]);
    deliver(down, answer);
    return event(GRPC.ok, passed);
  } catch (error) {
    if (error instanceof NotForwarded) {
      if (error.answer === undefined) answerStatus(down, error.code, error.details);
      else deliver(down, error.answer);
      return event(error.code, 'the server refused');
    }
    if (down.destroyed || down.closed) return event(GRPC.cancelled, 'abandoned');
    const { code, details, reason, otherScheduleId } = refusalOf(
      error instanceof NotSent ? error.why : error,
      request,
    );
    answerStatus(down, code, details, code === GRPC.unimplemented ? ENCODINGS : {});
    return event(code, `refused: ${reason}`, { otherScheduleId, ...(reason === 'failure' ? { error } : {}) });
  } finally {
    clearTimeout(timer);
  }
}
