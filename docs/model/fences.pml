/*
 * Fences only grow, but only their order matters. Numbers that nothing remembers are closed up, so that situations
 * which differ in nothing else are one state, and the number of claims needs no bound. Keys count for themselves.
 */
#define remembered(x) if :: x > number -> x-- :: else fi /* the same number again means the same fence */
#define limit(x) if :: x >= number -> x-- :: else fi     /* only compared with: the greatest fence up to it will do */
#define inRecord (row[k].fence == number || cache[k].fence == number)
#define inPromise (holder[k] == number || seen[k] == number || effect[k] == number)
#define inHand(w) (serves[w] == k && held[w] == number)
#define closeUp(w) if :: serves[w] == k && held[w] > number -> held[w]-- :: else fi

hidden byte number;

/* To be called where a fence may have been forgotten. */
inline forget() {
  d_step {
    number = 1;
    do
    :: number >= next[k] -> break
    :: number < next[k] ->
      if
      :: inRecord || inPromise || inHand(1) || inHand(2) || inHand(3) -> number++
      :: else ->
        remembered(row[k].fence);
        remembered(cache[k].fence);
        remembered(holder[k]);
        remembered(seen[k]);
        remembered(effect[k]);
        closeUp(1);
        closeUp(2);
        closeUp(3);
        limit(over[k]);
        limit(top[k]);
        limit(cleared[k]);
        limit(excused[k]);
        next[k]--
      fi
    od;
    number = 0
  }
}
