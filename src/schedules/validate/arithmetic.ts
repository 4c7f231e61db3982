/** The remainder from 0 to below `modulus`, of negative values too. */
export function mod(value: number, modulus: number): number {
  const rest = value % modulus;
  return rest < 0 ? rest + modulus : rest;
}

export function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** Least common multiple; Infinity where a double no longer holds it exactly. */
export function lcm(a: number, b: number): number {
  const multiple = (a / gcd(a, b)) * b;
  return Number.isSafeInteger(multiple) ? multiple : Infinity;
}

/** How many whole numbers from `lo` to `hi`, both inclusive, are congruent to `rest` modulo `modulus`. */
export function congruentWithin(lo: number, hi: number, rest: number, modulus: number): number {
  return Math.floor((hi - rest) / modulus) - Math.floor((lo - 1 - rest) / modulus);
}

/**
 * The least x ≥ `least` with x ≡ a (mod m) and x ≡ b (mod n), by the Chinese remainder theorem; undefined when there is none,
 * which is when gcd(m, n) does not divide a − b.
 */
export function solveCongruences(
  [a, m]: readonly [number, number],
  [b, n]: readonly [number, number],
  least: number,
): number | undefined {
  const common = gcd(m, n);
  if (mod(b - a, common) !== 0) return undefined;
  const [bigM, bigN] = [BigInt(m), BigInt(n / common)];
  const steps = (BigInt(mod(b - a, n) / common) * inverse(BigInt(m / common) % bigN, bigN)) % bigN;
  const period = bigM * bigN;
  const solution = BigInt(a) + bigM * steps - BigInt(least);
  return Number((((solution % period) + period) % period) + BigInt(least));
}

/** Of `a` modulo `n`, the two being co-prime. */
function inverse(a: bigint, n: bigint): bigint {
  let [r0, r1, s0, s1] = [n, a, 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1, s0, s1] = [r1, r0 - quotient * r1, s1, s0 - quotient * s1];
  }
  return ((s0 % n) + n) % n;
}

/** How many of the ascending values are at most `limit`. */
export function countUpTo(values: ArrayLike<number>, limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
