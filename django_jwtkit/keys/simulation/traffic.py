"""Tokens that cross a year: issued by one of our servers, presented to another or to a consumer of the JWKS.

Each server has a snapshot of its own and a clock that is wrong by up to an hour; it goes by the database's
time, which it read with that snapshot. Each consumer has a cached JWKS. So all of them know the year as it
was some time ago. Ages are random, and the worst that the settings allow is among them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from django_jwtkit.keys import planning
from django_jwtkit.keys.planning import TRUSTED, Keys, Planned, State

from .year import WRONG_CLOCKS, Year

SERVERS: Final = len(WRONG_CLOCKS)
QUIET: Final = 10_000  # tokens spread over the year …
BUSY: Final = 40_000  # … and around all its changeovers
RARELY: Final = 0.05  # how often a database or a cache is at its worst

UNHEARD: Final = "a consumer had not heard of the key yet"
UNKNOWN: Final = "a server did not know the key"
OVER: Final = "the key no longer verified"
ALARM: Final = "a key was taken for a stolen one"
UNSIGNED: Final = "no key signed"
AHEAD: Final = "a server took the token for one from the future"


class Token(NamedTuple):
    """A token that is `presented` at a time at which it has not expired."""

    key: Planned
    issued: datetime
    expires: datetime
    presented: datetime


class Rejection(NamedTuple):
    at: datetime
    kid: str
    why: str


@dataclass(slots=True)
class Traffic:
    """The tokens and how they fared. `last` is when the last token of each key expires."""

    tokens: int = 0
    to_consumers: list[Token] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    last: dict[str, datetime] = field(default_factory=dict)

    @property
    def reasons(self) -> Counter[str]:
        return Counter(rejection.why for rejection in self.rejected)

    def worst_share(self) -> float:
        """Return the largest share of a key's tokens that consumers rejected until all had heard of it."""
        rejected, last = Counter[str](), dict[str, datetime]()
        for rejection in self.rejected:
            if rejection.why == UNHEARD:
                kid = rejection.kid
                rejected[kid] += 1
                last[kid] = max(rejection.at, last.get(kid, rejection.at))
        times = ((token.key.kid, token.presented) for token in self.to_consumers)
        presented = Counter(kid for kid, at in times if kid in last and at <= last[kid])
        return max((count / presented[kid] for kid, count in rejected.items()), default=0.0)


@dataclass(frozen=True, slots=True)
class _World:
    """The year, and the clocks of the servers in it."""

    year: Year
    random: Random
    clocks: tuple[timedelta, ...]

    def clock(self) -> timedelta:
        return self.random.choice(self.clocks)

    def up_to(self, longest: timedelta) -> timedelta:
        """Return a random duration up to `longest`, which itself is not rare."""
        return longest if self.random.random() < RARELY else self.random.random() * longest

    def age(self, longest: timedelta) -> timedelta:
        """Return the age of a server's snapshot: seldom the database is away, then for `longest` at most."""
        usual = self.year.settings.KEYRING_MAX_AGE
        return self.up_to(longest if self.random.random() < RARELY else min(usual, longest))


def send_tokens(year: Year, random: Random) -> Traffic:
    """Send tokens through `year`, most of them around its changeovers; return how they fared."""
    skew = year.settings.CLOCK_SKEW
    # Between two readings of the database's time, or without the database: half of CLOCK_SKEW at most.
    drift = [skew * (place / (SERVERS - 1) - 0.5) for place in range(SERVERS)]
    wrong = [ahead + host for ahead, host in zip(drift, WRONG_CLOCKS, strict=True)]
    clocks = tuple(drift if year.one_clock else wrong)
    world, traffic = _World(year, random, clocks), Traffic()
    for moment in _moments(year, random):
        _send(world, traffic, moment)
    return traffic


def _moments(year: Year, random: Random) -> Iterator[datetime]:
    for _ in range(QUIET):
        yield year.start + random.random() * (year.end - year.start)
    changeovers = year.changeovers()
    for changeover in changeovers:
        for _ in range(BUSY // len(changeovers)):
            yield changeover + random.choice((0.01, 1)) * random.uniform(-1, 1) * year.policy.spread


def _send(world: _World, traffic: Traffic, moment: datetime) -> None:
    if not world.year.start <= moment < world.year.end:
        return
    traffic.tokens += 1
    token = _issue(world, moment)
    if token is None:
        traffic.rejected.append(Rejection(moment, "", UNSIGNED))
        return
    traffic.last[token.key.kid] = max(token.expires, traffic.last.get(token.key.kid, token.expires))
    remote = world.year.policy.publish and world.random.random() < 0.5
    if remote:
        traffic.to_consumers.append(token)
    why = _ask_consumer(world, token) if remote else _ask_server(world, token)
    if why:
        traffic.rejected.append(Rejection(token.presented, token.key.kid, why))


def _issue(world: _World, moment: datetime) -> Token | None:
    """Issue a token at `moment`, of any lifetime that its key promises, to be presented before it expires."""
    here = moment + world.clock()
    keys = world.year.at(moment - world.age(world.year.settings.SIGNING_MAX_AGE))
    key = planning.signer(keys, here, skew=world.year.settings.CLOCK_SKEW)
    if key is None or not key.private:
        return None
    expires = here + world.up_to(key.max_lifetime)
    latest = max(expires - moment, timedelta(0))
    return Token(key, here, expires, moment + world.random.choice((0, 0.5, 1)) * world.up_to(latest))


def _ask_server(world: _World, token: Token) -> str:
    """Return why one of our servers rejects a token that has not expired; empty if it does not."""
    settings = world.year.settings
    clock = min(world.clock(), token.expires + settings.LEEWAY - token.presented)
    now, age = token.presented + clock, world.age(settings.KEYRING_MAX_STALE)
    if token.issued - now > max(settings.LEEWAY, settings.CLOCK_SKEW):
        return AHEAD
    why = _judge(world, world.year.at(token.presented - age), token, now)
    if why in {UNKNOWN, ALARM} and age <= settings.KEYRING_MAX_AGE:  # the database answers: read again
        why = _judge(world, world.year.at(token.presented), token, now)
    return why


def _judge(world: _World, keys: Keys, token: Token, now: datetime) -> str:
    """Return why a server with these `keys` rejects the token at `now`."""
    key = next((key for key in keys if key.kid == token.key.kid), None)
    if key is None:
        return UNKNOWN if world.year.last[token.key.kid].state(now) in TRUSTED else OVER
    if key.state(now) not in TRUSTED:
        return OVER
    linger, skew = world.year.policy.linger, world.year.settings.CLOCK_SKEW
    return ALARM if key.explain_misuse(now, token.issued.timestamp(), skew=skew, linger=linger) else ""


def _ask_consumer(world: _World, token: Token) -> str:
    """Return why a consumer rejects it: the cached JWKS is as old as all caches on the way together."""
    settings = world.year.settings
    caches = world.up_to(settings.CONSUMER_CACHE) + world.up_to(settings.JWKS_MAX_AGE)
    fetched = token.presented - caches
    keys = world.year.at(fetched - world.age(settings.SIGNING_MAX_AGE))
    published = {key.kid for key in keys if _is_published(world.year, key, fetched + world.clock())}
    return "" if token.key.kid in published or fetched < world.year.start else UNHEARD


def _is_published(year: Year, key: Planned, now: datetime) -> bool:
    return key.state(now) in (TRUSTED if year.policy.use == "sig" else {State.ACTIVE})
