// What the scripts print: one tidy line a step, in colour only where someone reads it on a terminal.
const colourful = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code) => (text) => (colourful ? `\u001b[${code}m${text}\u001b[0m` : text);

export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);
export const bold = paint(1);

let print = console.log;

/** For a command whose standard output is read by a program. */
export const sayOnStderr = () => (print = console.error);

export const step = (text) => print(`${green('▸')} ${text}`);
export const detail = (text) => print(`  ${dim(text)}`);
export const warn = (text) => print(`${yellow('!')} ${text}`);
export const fail = (text) => console.error(`${red('✗')} ${text}`);

/** Started now, read later: `took()` is "1.2 s". */
export function stopwatch() {
  const start = performance.now();
  return () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/** An error whose message is all that a person needs; printed without a stack. */
export class SetupError extends Error {}
