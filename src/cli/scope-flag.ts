import { InvalidOptionError } from '../errors';
import type { NamedScope, Scope } from '../key/scope';

const REMEDY = "Give global, names such as tenant=acme or n:=7, or 'workflow(<id>)'";

export interface ReadScope {
  readonly scope: Scope;
  readonly workflowId?: string;
}

/** The scope that is typed: a name's value is a text behind `=`, any other value as JSON behind `:=`. @throws InvalidOptionError */
export function readScope(given: readonly string[]): ReadScope {
  const [first, ...more] = given;
  if (more.length === 0) {
    if (first === 'global') return { scope: 'global' };
    const [, workflowId] = /^workflow\((.+)\)$/s.exec(first ?? '') ?? [];
    if (workflowId !== undefined) return { scope: 'workflow', workflowId };
  }
  const names: Record<string, unknown> = {};
  for (const one of given) {
    const [, name, json, text] = /^([a-z][a-zA-Z0-9_-]*)(?::=(.*)|=(.*))$/s.exec(one) ?? [];
    if (name === undefined) throw new InvalidOptionError('--scope', 'is not acceptable', REMEDY);
    names[name] = text ?? valueOf(json ?? '');
  }
  return { scope: names };
}

/** Of locks and of keys of services: no workflow there. */
export function readPlainScope(given: readonly string[]): 'global' | NamedScope {
  const { scope, workflowId } = readScope(given);
  if (workflowId === undefined && scope !== 'workflow' && scope !== 'execution') return scope;
  throw new InvalidOptionError(
    '--scope',
    'has no workflow here',
    'Give global, or names such as tenant=acme',
  );
}

function valueOf(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new InvalidOptionError('--scope', 'is no JSON behind :=', REMEDY);
  }
}
