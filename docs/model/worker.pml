/* What a worker does between one statement and the next. Each option may be taken, or none for ever. */

/* This start is over, or its process crashes: what it knew is gone. */
inline leave() {
  mine = 0;
  forget();
  goto gone
}
#define crash leave

/*
 * A worker of one key, with one start of one execution after the other. As soon as no record remembers the number of
 * a start it is used again. Workers of the same execution: a greater number is a newer start, on another machine.
 */
proctype worker(byte start, k, execution) {

asking:
end_idle:
  if
  :: atomic { /* the fast path */
      cache[k].kind == OUTCOME;
      promiseCached(cache[k].fence);
      leave()
    }
  :: atomic { /* free: the row is locked, then the fence is taken */
      free && !broken(early);
      takeFence();
      grant();
      if
      :: goto working
      :: mine = 0; forget(); goto asking /* the reply was lost: asked again with the same nonce */
      fi
    }
  :: atomic { /* no row to lock: the fence is taken, then the row is inserted */
      row[k].state == NO_ROW || (broken(early) && free);
      takeFence();
      goto inserting
    }
  :: atomic { /* repeated with its nonce, it is the same claim */
      running && !free && row[k].start == start && !broken(nonce);
      mine = row[k].fence;
      goto working
    }
  :: atomic { /* a newer start of this execution has begun */
      running && !free && own && start < row[k].start;
      leave()
    }
  :: atomic { /* live: asked again later */
      running && !free && (row[k].start != start || broken(nonce));
      promise(G2, row[k].start != start);
      goto asking
    }
  :: atomic { /* a duplicate: it gets the outcome, and offers it to Redis */
      settled && !free;
      mine = row[k].fence;
      promiseAnswer(mine);
      goto filling
    }
  :: atomic { crash() }
  fi;

inserting:
  if
  :: atomic {
      row[k].state == NO_ROW || (broken(early) && free);
      grant();
      if
      :: goto working
      :: mine = 0; forget(); goto asking
      fi
    }
  :: atomic { /* on conflict do nothing */
      !(row[k].state == NO_ROW || (broken(early) && free));
      mine = 0;
      forget();
      goto asking
    }
  :: atomic { crash() }
  fi;

working: /* the body runs */
  if
  :: k == LEASED -> goto acted
  :: atomic { /* effect and outcome commit together; the check of the fence is the last statement */
      k == TRANSACTIONAL;
      if
      :: check(transaction, running && unchanged) ->
        promiseCommit();
        record(COMPLETED);
        if
        :: promiseAnswer(mine); goto filling
        :: goto doubtful
        fi
      :: else -> leave() /* stale: rolled back */
      fi
    }
  :: k == TRANSACTIONAL -> goto doubtful /* it did not commit, and nobody was told */
  :: atomic { /* the body threw an error that is an outcome */
      true;
      if
      :: running && check(fail, unchanged) -> record(FAILED); promiseAnswer(mine); goto filling
      :: else -> leave()
      fi
    }
  :: atomic { /* the body threw and said so: a clean retry */
      true;
      if
      :: running && check(release, unchanged) -> release()
      :: else
      fi;
      leave()
    }
  :: atomic { renew(); goto working }
  :: atomic { crash() }
  fi;

acted: /* the effect has happened, and the record does not know */
  if
  :: atomic {
      true;
      if
      :: running && check(complete, unchanged) ->
        record(COMPLETED);
        if
        :: promiseAnswer(mine); goto filling
        :: goto acted /* the reply was lost */
        fi
      :: row[k].state == COMPLETED && unchanged && !broken(repetition) -> /* completing twice is success */
        if
        :: row[k].ended
        :: !row[k].ended -> promiseAnswer(mine)
        fi;
        goto filling
      :: else -> promiseStale(); leave()
      fi
    }
  :: atomic { renew(); goto acted }
  :: atomic { crash() }
  fi;

doubtful: /* a commit without a reply: a release that succeeds proves that it did not happen */
  if
  :: atomic {
      true;
      if
      :: running && check(release, unchanged) -> release(); leave()
      :: row[k].state == COMPLETED && unchanged && !row[k].ended -> promiseAnswer(mine); goto filling
      :: else -> promiseStale(); leave()
      fi
    }
  :: atomic { crash() }
  fi;

filling: /* an outcome on its way to Redis, however late */
  if
  :: atomic {
      true;
      if
      :: mine > over[k] && check(fill, mine > cache[k].fence) -> cache[k].kind = OUTCOME; cache[k].fence = mine
      :: else
      fi;
      leave()
    }
  :: atomic { crash() }
  fi;

gone:
end_gone:
  row[k].start != start;
  goto asking
}
