"""Requests around a changeover, on many hosts whose clocks differ: which rule reports a theft?

`python -m bench.changeover` counts for long; a test does for a moment. The ring, what hosts hold of it, and
`Keyring.find` and `Keyring.confirm` with its fresh look are the real ones; only time is played.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import TokenError
from django_jwtkit.keys import Keyring, State, StoredKey
from django_jwtkit.keys.planning import Life, signer
from django_jwtkit.keys.snapshots import Snapshot, take_snapshot

HOSTS = 20
SPREAD = timedelta(milliseconds=50)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
LIVES = 300  # seconds, of a token


class Changeover(NamedTuple):
    """The moment of a takeover, and the snapshots of hosts `before` and `after` they read of it."""

    turn: datetime
    before: Snapshot
    after: Snapshot
    around: timedelta


def planned() -> Changeover:
    """A turn that was written in the rows long ago: all hosts have read it."""
    snapshot = take_snapshot("access")
    first = StoredKey.objects.get(ring_id="access", open_slot=None)
    assert first.sign_until is not None
    return Changeover(first.sign_until, snapshot, snapshot, SECOND)


def hastened() -> Changeover:
    """A turn that begins by `rotate_keys --now`: hosts read of it within `KEYRING_MAX_AGE`."""
    before = take_snapshot("access")
    turn = max(entry.row.published_at for entry in before.entries.values()) + 2 * DAY
    keys.rotate("access", at_once=True, now=turn)
    return Changeover(turn, before, take_snapshot("access"), conf().KEYRING_MAX_AGE + 2 * SECOND)


class Request(NamedTuple):
    """A token issued by one host and presented to another: the snapshot of each, and its own clock."""

    issued: datetime
    presented: datetime
    issuer: Snapshot
    judge: Snapshot


def requests(count: int, over: Changeover, random: Random) -> Iterator[Request]:
    clocks = [random.uniform(-0.5, 0.5) * SPREAD for _ in range(HOSTS)]
    hears = [over.turn + random.random() * conf().KEYRING_MAX_AGE for _ in range(HOSTS)]
    for _ in range(count):
        moment = over.turn + random.uniform(-1, 1) * over.around
        issuer, judge = random.randrange(HOSTS), random.randrange(HOSTS)
        yield Request(
            moment + clocks[issuer],
            moment + clocks[judge] + random.random() * SPREAD / 5,
            over.after if moment >= hears[issuer] else over.before,
            over.after if moment >= hears[judge] else over.before,
        )


def storm(count: int, over: Changeover, seed: int = 1) -> Counter[str]:
    """Count the tokens that our rule refuses, those that a naive one does, and those that each key signed."""
    alarms = Counter(ours=0, naive=0)
    for request in requests(count, over, Random(seed)):
        lives = {entry.life: kid for kid, entry in request.issuer.entries.items()}
        kid = lives[signer(lives, request.issued)]
        judged = request.judge.entries[kid].life
        alarms["naive"] += is_theft_to_a_naive_rule(judged, request)
        alarms["ours"] += is_refused(request, kid)
        alarms[kid] += 1
    return alarms


def is_theft_to_a_naive_rule(key: Life, request: Request) -> bool:
    """Return whether the key signs outside its turn, which a naive rule takes for a theft."""
    late = key.sign_until is not None and request.issued >= key.sign_until
    return late or key.state(request.presented) is State.STANDBY


def is_refused(request: Request, kid: str) -> bool:
    """Return whether our keyring refuses a token of `kid`."""
    ring, issued = Keyring(request.judge, request.presented, conf()), request.issued.timestamp()
    try:
        ring.confirm(ring.find({"alg": "ES256", "kid": kid}), {"iat": issued, "exp": issued + LIVES})
    except TokenError:
        return True
    return False
