import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Surroundings } from '../surroundings';
import type { Place, Work } from './work';

type Said = { readonly figure: number } | { readonly failed: string };

/** Service processes that begin each piece of work together. */
export class Crew {
  private constructor(private readonly members: readonly ChildProcess[]) {}

  /** `pooler`: address of one that stands before Postgres. @throws Error of a process that could not start */
  static async start(on: Surroundings, size: number, pooler?: string): Promise<Crew> {
    const { schema, prefix, redisUrl } = on;
    const postgresUrl = pooler ?? on.postgresUrl;
    const members = Array.from({ length: size }, (_, self) => {
      const place: Place = { schema, prefix, redisUrl, postgresUrl, pooled: pooler !== undefined, self };
      return fork(join(__dirname, 'process.js'), [JSON.stringify(place)]);
    });
    const crew = new Crew(members);
    await crew.figures();
    return crew;
  }

  get size(): number {
    return this.members.length;
  }

  /** What each of them measured. They are told in one turn, once all of them wait. */
  all(work: Work): Promise<readonly number[]> {
    const figures = this.figures();
    for (const member of this.members) member.send(work);
    return figures;
  }

  /** What one of them measures while the others rest. */
  async one(work: Work): Promise<number> {
    const [member] = this.members as [ChildProcess];
    const figure = answer(member);
    member.send(work);
    return figure;
  }

  async end(): Promise<void> {
    const gone = this.members
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      .map((member) => once(member, 'exit'));
    for (const member of this.members) if (member.connected) member.send('end');
    await Promise.all(gone);
  }

  private figures(): Promise<readonly number[]> {
    return Promise.all(this.members.map(answer));
  }
}

/** The next answer of a process. @throws Error in its words, or when it ended */
function answer(member: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      member.off('message', heard);
      member.off('exit', ended);
    };
    const heard = (said: Said): void => {
      over();
      if ('figure' in said) resolve(said.figure);
      else reject(new Error(said.failed));
    };
    const ended = (code: number | null): void => {
      over();
      reject(new Error(`a process of the crew ended (${code ?? 'by a signal'})`));
    };
    member.on('message', heard);
    member.on('exit', ended);
  });
}
