"""Requests around a changeover, on many hosts whose clocks differ: who cries thief?

`python -m bench.changeover` counts for long; a test does for a moment.
"""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from django_jwtkit.conf import Settings
from django_jwtkit.keys.planning import Life, State, signer

HOSTS = 20
SPREAD = timedelta(milliseconds=50)
TURN = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SETTINGS = Settings()

BEFORE = Life(
    published_at=TURN - 92 * DAY,
    sign_from=TURN - 90 * DAY,
    sign_until=TURN,
    max_lifetime=SETTINGS.ACCESS_TOKEN_LIFETIME,
    margin=2 * SETTINGS.CLOCK_SKEW,
)
AFTER = replace(BEFORE, published_at=TURN - 90 * DAY, sign_from=TURN, sign_until=None)
AS_PLANNED = (BEFORE, AFTER)
LATER = (replace(BEFORE, sign_until=TURN + 30 * DAY), replace(AFTER, sign_from=TURN + 30 * DAY))


def storm(requests: int, *, hastened: bool, seed: int = 1) -> Counter[str]:
    """Count the false alarms by rule. `hastened`: the turn comes by `--now`, and hosts hear of it late."""
    random, alarms = Random(seed), Counter(ours=0, naive=0)
    clocks = [random.uniform(-0.5, 0.5) * SPREAD for _ in range(HOSTS)]
    hears = [TURN + random.random() * SETTINGS.KEYRING_MAX_AGE for _ in range(HOSTS)]
    around = SETTINGS.KEYRING_MAX_AGE + timedelta(seconds=2) if hastened else timedelta(seconds=1)
    for _ in range(requests):
        moment = TURN + random.uniform(-1, 1) * around
        issuer, judge = random.randrange(HOSTS), random.randrange(HOSTS)
        issued, shown = moment + clocks[issuer], moment + clocks[judge] + random.random() * SPREAD / 5
        held = AS_PLANNED if not hastened or moment >= hears[issuer] else LATER
        place = held.index(signer(held, issued))
        seen = AS_PLANNED if not hastened or moment >= hears[judge] else LATER
        alarms["naive"] += naive(seen[place], issued, shown)
        alarms["ours"] += ours(seen[place], issued, shown) and ours(AS_PLANNED[place], issued, shown)
    return alarms


def naive(key: Life, issued: datetime, shown: datetime) -> bool:
    """Who signs outside its turn is a thief."""
    return key.state(shown) is State.STANDBY or bool(key.sign_until and issued >= key.sign_until)


def ours(key: Life, issued: datetime, shown: datetime) -> bool:
    """What `Keyring.confirm` asks, before and after its fresh look at the ring."""
    skew, linger = SETTINGS.CLOCK_SKEW, SETTINGS.SIGNING_MAX_AGE + SETTINGS.CLOCK_SKEW
    return bool(key.misuse(shown, issued.timestamp(), skew=skew, linger=linger))
