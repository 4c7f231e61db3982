/*
 * The claim protocol as a model for Spin, in the words of ../guarantees.md. What it leaves out: ../model.md.
 *
 * Each SQL statement and each Redis script is one atomic step. Between any two steps everything else may happen: a
 * worker stalls for as long as it likes, crashes and forgets, loses a reply; time passes; Redis forgets.
 */
#define WORKERS 3
#ifndef CLEARS
#define CLEARS 1
#endif
#define KEYS 2
#define LEASED 0        /* the key of an activity whose effect is elsewhere */
#define TRANSACTIONAL 1 /* the key of one whose effect commits with its outcome */

/* check(name, p) is p; when spin is called with -DBREAK_name it is true: the protocol without that one check. */
#define check(name, p) (broken(name) || (p))
#define broken(name) broken_1(BREAK_##name)
#define broken_1(value) broken_2(value)
#define broken_2(value) broken_3(DEFINED_##value)
#define broken_3(comma) second(comma true, false)
#define second(first, value, ...) value
#define DEFINED_1 x,

mtype = { NO_ROW, ABSENT, RUNNING, COMPLETED, FAILED };
mtype = { EMPTY, OUTCOME, TOMBSTONE };

/* Postgres. A claim's nonce and the place of its start among those of its execution are one number here. */
typedef Record {
  mtype state = NO_ROW;
  bit ended; /* ends_at <= clock_timestamp(): of the lease while running, then of the retention */
  byte fence;
  byte start;
  byte execution
};
Record row[KEYS];
byte next[KEYS] = 1; /* the sequence */

/* Redis. */
typedef Entry {
  mtype kind = EMPTY;
  byte fence
};
Entry cache[KEYS];
byte over[KEYS]; /* outcomes up to this fence have had their retention, and no entry lives longer */

/* Workers, from 1. */
byte serves[WORKERS + 1]; /* key */
byte held[WORKERS + 1];   /* fence: what the worker knows of its claim, or of the outcome it was given */
#define mine held[start]

#define own (row[k].execution == execution)
#define running (row[k].state == RUNNING)
#define settled (row[k].state == COMPLETED || row[k].state == FAILED)
#define unchanged (row[k].fence == mine && row[k].start == start) /* key, fence and nonce */

/* May this start take this record now? (is_free_v1) */
#define newer (start > row[k].start || (start == row[k].start && row[k].ended))
#define free (row[k].state == ABSENT || (settled && check(outcome, row[k].ended)) \
  || (running && ((own && check(order, newer)) || (!own && check(lease, row[k].ended)))))

#include "fences.pml"
#include "promises.pml"

/* Statements. */

inline takeFence() {
  mine = next[k];
  next[k]++
}

inline grant() {
  promiseClaim();
  row[k].state = RUNNING;
  row[k].ended = 0;
  row[k].fence = mine;
  row[k].start = start;
  row[k].execution = execution;
  forget()
}

/* The real row keeps its last fence; nothing compares with it any more. */
inline markAbsent() {
  row[k].state = (broken(deletion) -> NO_ROW : ABSENT);
  row[k].ended = 0;
  row[k].fence = 0;
  row[k].start = 0;
  row[k].execution = 0
}

inline record(outcome) {
  promiseChange();
  claimEnds();
  row[k].state = outcome;
  row[k].ended = 0;
  row[k].execution = 0
}

inline release() {
  promiseChange();
  claimEnds();
  effectless();
  markAbsent()
}

inline renew() {
  running && row[k].ended && check(renew, unchanged);
  promiseChange();
  row[k].ended = 0
}

#include "worker.pml"

/* Clears a key whatever its state, then puts a tombstone in Redis, or does not come to it. */
proctype operator() {
  byte clears, k;
end_operator:
  do
  :: atomic {
      clears < CLEARS;
      clears++;
      if
      :: k = serves[1]
      :: serves[1] != serves[WORKERS]; k = serves[WORKERS]
      fi;
      holder[k] = 0;
      lifeEnds();
      cleared[k] = next[k];
      excused[k] = next[k];
      next[k]++;
      if
      :: row[k].state != NO_ROW -> markAbsent()
      :: else
      fi;
      forget()
    };
    if
    :: atomic {
        true;
        if
        :: cache[k].fence > cleared[k]
        :: else ->
          cache[k].kind = (broken(tombstone) -> EMPTY : TOMBSTONE);
          cache[k].fence = (broken(tombstone) -> 0 : cleared[k])
        fi;
        excused[k] = 0;
        forget()
      }
    :: true
    fi;
    k = 0
  od
}

/* Time passes for a key, and Redis loses what it has of it. */
proctype world(byte k) {
end_world:
  do
  :: atomic { running && !row[k].ended; row[k].ended = 1 }
  :: atomic { /* retention ends; what Redis has was given no more time than Postgres had left */
      settled && !row[k].ended;
      row[k].ended = 1;
      lifeEnds();
      if
      :: broken(expiry)
      :: else ->
        over[k] = row[k].fence;
        if
        :: cache[k].kind == OUTCOME -> cache[k].kind = EMPTY; cache[k].fence = 0
        :: else
        fi
      fi;
      forget()
    }
  :: atomic {
      cache[k].kind != EMPTY;
      cache[k].kind = EMPTY;
      cache[k].fence = 0;
      excused[k] = cleared[k];
      forget()
    }
  od
}

/* Every way to share out the workers between the keys and between executions; who is alike is not told apart. */
init {
  byte start = 1, k = LEASED, execution = 1;
  atomic {
    run world(LEASED);
    run world(TRANSACTIONAL);
    do
    :: start <= WORKERS ->
      if
      :: true
      :: start > 1; execution++
      :: k == LEASED; k = TRANSACTIONAL; execution++
      fi;
      serves[start] = k;
      run worker(start, k, execution);
      start++
    :: else -> break
    od;
    run operator();
    start = 0;
    k = 0;
    execution = 0
  }
}
