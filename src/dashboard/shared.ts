/** `ask` with one answer for whoever asks within `forMs` of it, and one question at a time. What fails is asked again. */
export function shared<T>(ask: () => Promise<T>, forMs: number): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let untilMs = Infinity;
  return () => {
    if (answer === undefined || performance.now() > untilMs) {
      untilMs = Infinity;
      const asked = ask();
      answer = asked;
      asked.then(
        () => (untilMs = performance.now() + forMs),
        () => (answer = undefined),
      );
    }
    return answer;
  };
}
