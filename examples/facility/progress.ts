import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number, kills: number): void;
  stop(): void;
}

/** A bar on a terminal, a plain line every two seconds elsewhere. */
export function startProgress(title: string, total: number): Progress {
  return process.stdout.isTTY ? bar(title, total) : lines(title, total);
}

function bar(title: string, total: number): Progress {
  // The cursor stays visible: whatever ends this process, the terminal is as it was.
  const single = new SingleBar(
    { format: `${title} {bar} {value}/{total} workflows, {kills} kills`, hideCursor: false },
    Presets.shades_classic,
  );
  single.start(total, 0, { kills: 0 });
  return { update: (done, kills) => single.update(done, { kills }), stop: () => single.stop() };
}

function lines(title: string, total: number): Progress {
  let state = '';
  const print = (): void => console.log(`${title} ${state}`);
  const timer = setInterval(print, 2_000);
  return {
    update: (done, kills) => (state = `${done}/${total} workflows, ${kills} kills`),
    stop: () => {
      clearInterval(timer);
      print();
    },
  };
}
