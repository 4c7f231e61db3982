/* What the promises of ../guarantees.md are about. No step of the protocol reads any of this. */

/* An error of the search that names the promise. */
#define promise(name, p) assert(name || (p))
hidden byte G1, G2, G3, G4, G5;

byte holder[KEYS];  /* fence of the claim that nobody has settled, taken over or cleared */
byte top[KEYS];     /* greatest fence of all claims so far */
byte seen[KEYS];    /* fence of the outcome that somebody has in hand */
byte effect[KEYS];  /* fence of the claim whose effect has happened or may have, and that nobody declared unknown */
byte cleared[KEYS]; /* fence of the last clear */
byte excused[KEYS]; /* of a clear that did not reach Redis, or was lost there: up to here it may answer */

/* Retention has ended, or an operator has cleared the key. */
inline lifeEnds() {
  seen[k] = 0;
  effect[k] = 0
}

/* A claim is about to be granted: a body may begin. */
inline promiseClaim() {
  promise(G1, mine > top[k]);
  promise(G1, holder[k] == 0 || (own && start > row[k].start) || (row[k].ended && !(own && start < row[k].start)));
  promise(G3, seen[k] == 0);
  if
  :: row[k].state == RUNNING && !broken(declare) -> effect[k] = 0 /* the verdict says: unknown outcome */
  :: else
  fi;
  promise(G4, effect[k] == 0);
  effect[k] = (k == LEASED -> mine : 0);
  holder[k] = mine;
  top[k] = mine
}

/* A commit of effect and outcome together. */
inline promiseCommit() {
  promise(G4, effect[k] == 0);
  effect[k] = mine
}

/* The record is about to be changed in the name of a claim. */
inline promiseChange() {
  promise(G2, holder[k] == mine)
}

/* It is settled. */
inline claimEnds() {
  if
  :: holder[k] == mine -> holder[k] = 0
  :: else
  fi
}

/* The body threw before it had an effect. */
inline effectless() {
  if
  :: effect[k] == mine -> effect[k] = 0
  :: else
  fi
}

/* A holder is told that it is stale: not so while its own outcome stands. */
inline promiseStale() {
  promise(G2, seen[k] != mine)
}

/* Somebody is given an outcome. */
inline promiseAnswer(given) {
  promise(G3, seen[k] == 0 || seen[k] == given);
  seen[k] = given
}

/* Redis gives an outcome: the recorded one, or one it could not be told of. */
inline promiseCached(given) {
  promise(G5, given <= excused[k] || (settled && !row[k].ended && row[k].fence == given));
  if
  :: given > excused[k] -> promiseAnswer(given)
  :: else
  fi
}
