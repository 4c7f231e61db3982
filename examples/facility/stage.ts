import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Plan } from 'temporal-once';
import { runPlanCommand, type Ran } from './plan-command';
import type { RunSettings } from './settings';

export interface Parts {
  /** With the plugin. */
  readonly client: Client;
  readonly pool: Pool;
  readonly settings: RunSettings;
  /** The mended plan under names of this run. */
  readonly plan: Plan;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** What the steps that show the plan have in common, and what they find broken. */
export class Stage {
  readonly broken: string[] = [];

  constructor(readonly parts: Parts) {}

  say(text: string): void {
    this.parts.say(text);
  }

  promise(holds: boolean, otherwise: string): void {
    if (!holds) this.broken.push(otherwise);
  }

  /** Says the command as somebody would type it, and runs it. */
  command(...args: string[]): Promise<Ran> {
    const { settings, signal } = this.parts;
    const short = args.map((arg) => arg.replace(`${dirname(settings.bundlePath)}/`, ''));
    this.say(`$ temporal schedule plan ${short.join(' ')}`);
    return runPlanCommand(args, settings, signal);
  }

  /** A file of this run. @returns its path */
  async write(name: string, text: string): Promise<string> {
    const path = join(dirname(this.parts.settings.bundlePath), name);
    await writeFile(path, text);
    return path;
  }
}
