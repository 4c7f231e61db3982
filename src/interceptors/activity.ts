import type { Context } from '@temporalio/activity';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  Next,
} from '@temporalio/worker';
import type { Call, Transactional } from '../idempotency/call';
import { OutcomeCodec } from '../idempotency/codec';
import type { Engine } from '../idempotency/engine';
import { underInterceptor } from '../idempotency/idempotent';
import { protectionOf } from '../idempotency/policy-summary';
import type { EvaluatedPolicy } from '../idempotency/policy';
import type { Resolver } from '../idempotency/resolve';
import type { WorkerTypes } from '../idempotency/worker-types';
import {
  ambientOf,
  clientOf,
  converterOf,
  doorOf,
  ownerOf,
  serializationContextOf,
  timingOf,
} from './attempt';
import { asFailure } from './failures';
import { policyOf, readHeader, type PolicyHeader } from './header';
import { isInternal } from './internal-activities';
import type { KnownPolicy, Policies } from './policies';
import { logEvent } from '../log-events';
import { askServer } from '../temporal/ask-server';

/** What the interceptor needs; filled in by the plugin once the worker is known. */
export interface ActivityHost {
  readonly engine: Engine;
  readonly resolver: Resolver;
  readonly policies: Policies;
  readonly types: WorkerTypes;
  readonly ownPool: Transactional;
  readonly onStoreUnavailable: 'fail' | 'proceed';
}

/** Contexts that are taken care of, so that the plugin, applied twice, claims once. */
const taken = new WeakSet<Context>();

export function activityInterceptors(host: () => ActivityHost): ActivityInterceptorsFactory {
  return (ctx) => ({ inbound: { execute: (input, next) => execute(host(), ctx, input, next) } });
}

async function execute(
  host: ActivityHost,
  ctx: Context,
  input: ActivityExecuteInput,
  next: Next<ActivityInboundCallsInterceptor, 'execute'>,
): Promise<unknown> {
  if (taken.has(ctx) || isInternal(ctx.info.activityType)) return next(input);
  taken.add(ctx);
  try {
    const header = readHeader(input.headers);
    const known = host.policies.of(ctx.info.activityType);
    const said = header === undefined ? undefined : policyOf(header);
    const policy = policyFor(header, known.policy, said);
    const asked =
      header !== undefined && Object.keys(header).some((name) => name !== 'v' && name !== 'localId');
    const isProtected = known.protected || asked;
    host.types.saw(ctx.info, isProtected ? protectionOf(policy) : 'unprotected', asked ? said : undefined);
    if (!isProtected) return await underInterceptor<unknown>(undefined, () => next(input));
    const call = callOf(host, ctx, input, policy, known, header?.localId);
    return await host.engine.execute(call, (_claim, tx) => underInterceptor<unknown>(tx, () => next(input)));
  } catch (error) {
    throw asFailure(error);
  }
}

/** What is said of a call, the nearest word first. */
export function policyFor(
  header: PolicyHeader | undefined,
  known: KnownPolicy['policy'],
  said: EvaluatedPolicy | undefined,
): EvaluatedPolicy {
  if (header === undefined) return known;
  const { defaultScope: scope } = header;
  return { ...(scope === undefined ? {} : { scope }), ...known, ...said };
}

function callOf(
  host: ActivityHost,
  ctx: Context,
  input: ActivityExecuteInput,
  policy: Parameters<Resolver['resolve']>[2],
  known: ReturnType<Policies['of']>,
  localId: string | undefined,
): Call {
  const { info } = ctx;
  const client = clientOf(ctx);
  const resolved = host.resolver.resolve(info.activityType, input.args, policy, ambientOf(info, localId));
  return {
    ...resolved,
    ...timingOf(ctx),
    type: info.activityType,
    door: doorOf(info),
    owner: ownerOf(info, localId),
    args: input.args,
    ...(info.isLocal ? {} : { taskToken: info.taskToken }),
    ...(client === undefined ? {} : { askServer: askServer(client) }),
    codec: new OutcomeCodec(converterOf(ctx), serializationContextOf(info), known.outputType),
    onStoreUnavailable: host.onStoreUnavailable,
    ...(known.transactional === undefined ? {} : { transactional: known.transactional(host.ownPool) }),
    log: (event, attributes) => logEvent(ctx.log, event, attributes),
  };
}
