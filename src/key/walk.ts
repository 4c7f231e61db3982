import { NotRepresentableError, TooDeepError } from '../errors';

/** Greatest nesting of arrays, objects, Maps and Sets; the value itself is level 1. */
export const MAX_DEPTH = 256;

/** Above this level each value is compared with its ancestors: a cycle gets here within one descent. */
const CYCLE_CHECK_DEPTH = 32;

/** A long path is shown by its beginning and its end. */
const SHOWN_STEPS_HEAD = 12;
const SHOWN_STEPS_TAIL = 4;
const SHOWN_NAME_CHARS = 64;

/** From a container to its child: a field, an index, or an entry of a Map or Set (which has no name). */
export type Step = string | number | { readonly entry: string };

/**
 * Where one descent is. Two stacks are overwritten in place and read only when something is refused,
 * so that the way through a value that is fine costs two stores per child.
 */
export interface Walk {
  readonly root: string;
  /** Answer `undefined` for whatever a JSON round trip would change, instead of writing or refusing it. */
  readonly plainOnly: boolean;
  /** Number of containers open now. */
  depth: number;
  /** `ancestors[i]` is the open container of level i + 1. */
  readonly ancestors: object[];
  /** `steps[i]` leads from `ancestors[i]` to the child being written. */
  readonly steps: Step[];
}

export function startWalk(root: string, plainOnly: boolean): Walk {
  return { root, plainOnly, depth: 0, ancestors: [], steps: [] };
}

/** Opens a container: one level down. The caller sets `walk.depth` back when it is written. */
export function enter(container: object, walk: Walk): number {
  const level = walk.depth;
  if (level >= CYCLE_CHECK_DEPTH) refuseCycleOrDepth(container, walk);
  walk.ancestors[level] = container;
  walk.depth = level + 1;
  return level;
}

/** Refuses the value `levels` steps below the root (default: the one being written). */
export function refuse(walk: Walk, kind: string, levels = walk.depth): undefined {
  if (walk.plainOnly) return undefined;
  throw new NotRepresentableError(pathText(walk, levels), kind);
}

/** Refuses a property, by its name, of the container opened last. */
export function refuseProperty(walk: Walk, name: string, kind: string): undefined {
  walk.steps[walk.depth - 1] = name;
  return refuse(walk, kind);
}

function refuseCycleOrDepth(container: object, walk: Walk): void {
  const open = walk.ancestors.slice(0, walk.depth);
  if (open.includes(container)) {
    throw new TooDeepError(pathText(walk, levelOfFirstRepeat([...open, container])), MAX_DEPTH, true);
  }
  if (walk.depth >= MAX_DEPTH) throw new TooDeepError(pathText(walk, walk.depth), MAX_DEPTH, false);
}

/** The descent has gone round the cycle some times by now; the path should go round once. */
function levelOfFirstRepeat(containers: readonly object[]): number {
  const seen = new Set<object>();
  for (const [level, container] of containers.entries()) {
    if (seen.has(container)) return level;
    seen.add(container);
  }
  return containers.length;
}

/**
 * What a foreign error that ended the walk means: a getter or a proxy's trap threw (its message is not
 * ours to show: it may hold a value). Anything else, such as an exhausted stack, is handed back as it is.
 */
export function explainForeignError(error: unknown, walk: Walk): unknown {
  const level = walk.depth - 1;
  const container = walk.ancestors[level];
  if (container === undefined || level < 0) return error;
  try {
    Array.isArray(container);
    Object.getPrototypeOf(container);
    for (const name of Reflect.ownKeys(container)) Reflect.getOwnPropertyDescriptor(container, name);
  } catch {
    return new NotRepresentableError(pathText(walk, level), 'throwing proxy');
  }
  const step = walk.steps[level];
  if (step === undefined || typeof step === 'object') return error;
  try {
    Reflect.get(container, step);
  } catch {
    return new NotRepresentableError(pathText(walk, walk.depth), 'throwing getter');
  }
  return error;
}

function pathText(walk: Walk, levels: number): string {
  const steps = walk.steps.slice(0, levels).map(stepText);
  if (steps.length > SHOWN_STEPS_HEAD + SHOWN_STEPS_TAIL) {
    const hidden = steps.length - SHOWN_STEPS_HEAD - SHOWN_STEPS_TAIL;
    steps.splice(SHOWN_STEPS_HEAD, hidden, ` …(${hidden} more)… `);
  }
  return walk.root + steps.join('');
}

function stepText(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'object') return `<${step.entry}>`;
  const name = step.length > SHOWN_NAME_CHARS ? `${step.slice(0, SHOWN_NAME_CHARS)}…` : step;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
