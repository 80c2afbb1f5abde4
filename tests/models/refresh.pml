/* Refreshing one session, as django_jwtkit/sessions/refreshing does it: Spin tries every interleaving.
 *
 * A refresh token is its counter. Every SQL statement is one atomic step; whatever lies between two statements
 * of a request interleaves with all others, so a process may stand still there for as long as it likes.
 * spent_lately[n] says that n was spent less than REFRESH_GRACE ago by the database's clock. The Clock lets
 * the oldest one lapse at any moment, so every speed of every machine is among the runs.
 *
 * TABS, TURNS            clients that share the owner's jar, and refreshes of each
 * THIEF, THIEFTURNS      1: somebody copies the jar once and goes on alone from another address; 2: from the same
 * REVOKE                 1: the session is ended by hand, at any moment or never
 * LOSS, LATE             1: an answer may be lost; an answer may reach the jar after a later one
 * ROAM                   1: the owner's address may differ from request to request
 * BREAK                  what a falsified refresh does wrong (see below); 0: nothing
 * P_…                    the property: see Watch. S1 and S2 are checked in every run.
 */
#ifndef TABS
#define TABS 2
#endif
#ifndef TURNS
#define TURNS 3
#endif
#ifndef THIEF
#define THIEF 0
#endif
#ifndef THIEFTURNS
#define THIEFTURNS 4
#endif
#ifndef REVOKE
#define REVOKE 0
#endif
#ifndef LOSS
#define LOSS 0
#endif
#ifndef LATE
#define LATE 0
#endif
#ifndef ROAM
#define ROAM 0
#endif
#ifndef BREAK
#define BREAK 0
#endif
#define STRICT 1        /* no grace at all */
#define RESTLESS 2      /* the newest token always turns the session */
#define LOST_NOTE 3     /* a note that meets no row is given up */
#define BLIND_REST 4    /* the answer of a session that rests is never a stray */
#define REJUDGED 5      /* a look after a lost race may say "spent" */
#define FORK 6          /* the UPDATE does not ask for the counter */
#define REVIVE 7        /* nor whether the session has ended */
#define MAXC 10
#define NOBODY 99
#define MOST_STRAYS 3

byte c = 0;                             /* the row: the counter of the newest token, … */
bool ended = false;
byte strays = 0, stray_counter = NOBODY, rowclient = 0;
bool spent_lately[MAXC];
byte made[MAXC];                        /* how many UPDATEs have made counter n: the line of descent */

bool revoked = false;                   /* ghosts, for the properties alone: ended by hand, … */
bool reuse = false, by_owner = false, by_strays = false, in_time = false;
bool turned_dead = false;               /* a session that had ended has turned */
byte owner_has[MAXC], thief_has[MAXC];  /* who was given counter n */
byte both = 0, most_both = 0;           /* generations in a row that both were given */
byte jar = 0;

mtype = { nothing, turn, repeat, spent, answered, refused }

inline punish(n, me, strayed) {
  atomic {
    if
    :: !ended -> ended = true; reuse = true; by_owner = (me == 0); by_strays = strayed;
                 in_time = (came_in_time || n == c || (n < c && spent_lately[n]))
    :: else -> skip
    fi;
    verdict = refused
  }
}

inline given(n, me) {
  atomic {
    if :: me == 1 -> thief_has[n] = 1 :: else -> owner_has[n] = 1 fi;
    k = 0; both = 0;
    do
    :: k < MAXC && owner_has[k] && thief_has[k] -> both++; k++;
         if :: both > most_both -> most_both = both :: else -> skip fi
    :: k < MAXC && !(owner_has[k] && thief_has[k]) -> both = 0; k++
    :: k >= MAXC -> break
    od; k = 0; both = 0
  }
}

/* One request that presents n from the address `who`; got is the counter of its answer. */
inline refresh(n, who, me) {
  verdict = nothing; got = NOBODY; looks = 0;
  do
  :: verdict == nothing ->
     d_step {                                                                                     /* SELECT */
       seen = c; young = (c > 0 && spent_lately[c-1]); addr = rowclient; st = strays; sc = stray_counter;
       if
       :: looks == 0 -> came_revoked = revoked; came_in_time = (n == c || (n < c && spent_lately[n]))
       :: else -> skip
       fi;
       looks = (looks < 2 -> looks + 1 : 2);
       if
       :: ended -> verdict = refused
       :: else ->
          if
          :: n == seen && (BREAK == STRICT || BREAK == RESTLESS || !young) -> verdict = turn
          :: n == seen && !(BREAK == STRICT || BREAK == RESTLESS || !young) -> verdict = repeat
          :: n == seen - 1 && young && BREAK != STRICT -> verdict = repeat
          :: n < seen && !(n == seen - 1 && young && BREAK != STRICT) ->
             verdict = (looks > 1 && BREAK != STRICT && BREAK != REJUDGED && BREAK != RESTLESS -> repeat : spent)
          :: n > seen -> verdict = spent
          fi
       fi
     }
  :: verdict == turn ->
     atomic {                                                      /* UPDATE … WHERE counter = n AND NOT ended */
       if
       :: (c == n || BREAK == FORK) && (!ended || BREAK == REVIVE) ->
          turned_dead = turned_dead || ended;
          c = n + 1; made[n+1]++; spent_lately[n] = true; rowclient = who; verdict = answered; got = n + 1
       :: else -> verdict = nothing
       fi
     }
  :: verdict == spent -> punish(n, me, false)
  :: verdict == repeat ->
     if
     :: who == addr || sc == seen || (BREAK == BLIND_REST && n == seen) -> verdict = answered; got = seen
     :: else ->
        st = (sc == seen - 1 -> st + 1 : 1);
        if
        :: st >= MOST_STRAYS -> punish(n, me, true)
        :: else ->
           atomic {                     /* UPDATE … WHERE counter = seen AND stray_counter = sc AND NOT ended */
             if
             :: c == seen && stray_counter == sc && !ended ->
                strays = st; stray_counter = seen; verdict = answered; got = seen
             :: else ->
                if
                :: BREAK == LOST_NOTE -> verdict = answered; got = seen
                :: else -> verdict = nothing
                fi
             fi
           }
        fi
     fi
  :: verdict == answered || verdict == refused -> break
  od;
  if :: verdict == answered -> given(got, me) :: else -> skip fi;
  assert(!(came_revoked && verdict == answered))     /* S2: what comes after an end is given nothing */
}

proctype Tab() {
  byte n, got, seen, addr, st, sc, turns = 0, who = 0, k, looks; mtype verdict;
  bool young, came_revoked, came_in_time;
  do
  :: turns < TURNS && verdict != refused && c < MAXC - 2 ->
     turns++;
     n = jar;
#if ROAM
     if :: who = 0 :: who = 1 fi;
#endif
     refresh(n, who, 0);
     if
     :: verdict == refused -> break
#if LOSS
     :: verdict != refused -> skip                            /* the answer is lost; try again with the jar */
#endif
     :: verdict != refused ->
        atomic {
#if LATE
          jar = got                                           /* whichever answer comes last */
#else
          if :: got > jar -> jar = got :: else -> skip fi     /* a client that keeps the newest */
#endif
        }
     fi
  :: else -> break
  od
}

proctype Thief() {
  byte n, got, seen, addr, st, sc, turns = 0, who, k, looks; mtype verdict;
  bool young, came_revoked, came_in_time;
  who = (THIEF == 2 -> 0 : 10);
  n = jar;                                                    /* copies the jar at any moment */
  do
  :: turns < THIEFTURNS && verdict != refused && c < MAXC - 2 ->
     turns++;
     refresh(n, who, 1);
     if :: verdict == answered -> n = got :: else -> skip fi
  :: true -> break
  od
}

proctype Clock() {
  byte i = 0;
end:
  do
  :: i < MAXC - 1 && spent_lately[i] -> atomic { spent_lately[i] = false; i++ }
  od
}

proctype Revoker() { if :: atomic { !ended -> ended = true; revoked = true } :: ended -> skip :: true -> skip fi }

proctype Watch() {                      /* looks at every state */
end:
  do
  :: made[1] > 1 || made[2] > 1 || made[3] > 1 || made[4] > 1 || made[5] > 1 -> assert(false)  /* S1 */
  :: turned_dead -> assert(false)                                                              /* S2 */
#ifdef P_INTIME
  :: reuse && by_owner && in_time && !by_strays -> assert(false)
#endif
#ifdef P_STRAYS
  :: reuse && by_owner && by_strays -> assert(false)
#endif
#ifdef P_NEVER
  :: reuse -> assert(false)
#endif
#ifdef P_SHADOW
  :: most_both >= P_SHADOW -> assert(false)
#endif
  od
}

init {
  atomic {
    run Tab();
#if TABS > 1
    run Tab();
#endif
#if TABS > 2
    run Tab();
#endif
#if THIEF
    run Thief();
#endif
#if REVOKE
    run Revoker();
#endif
    run Clock(); run Watch()
  }
}
