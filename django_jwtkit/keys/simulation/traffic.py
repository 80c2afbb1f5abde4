"""Tokens that cross a year: issued by one of our servers, shown to another, or to a consumer of the JWKS.

Each server has a snapshot of its own, and a clock that is wrong by up to an hour: it goes by the database's
time, which came with its last look. Each consumer has a cached JWKS. What they know is the year as
it was some time ago. Ages are drawn as in life, with the worst that the settings allow among them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from django_jwtkit.keys import planning
from django_jwtkit.keys.planning import TRUSTED, Keys, Planned, State

from .year import WRONG, Year

SERVERS: Final = len(WRONG)
QUIET: Final = 10_000  # tokens spread over the year …
BUSY: Final = 40_000  # … and around all its changeovers
RARELY: Final = 0.05  # how often a database or a cache is at its worst

UNHEARD: Final = "a consumer had not heard of the key yet"
UNKNOWN: Final = "a server did not know the key"
OVER: Final = "the key verified no more"
ALARM: Final = "a key was taken for stolen"
UNSIGNED: Final = "no key signed"
AHEAD: Final = "a server took it for a token of the future"


class Token(NamedTuple):
    """A token as it comes to be judged: `shown` at a time at which it has not expired."""

    key: Planned
    issued: datetime
    expires: datetime
    shown: datetime


class Rejection(NamedTuple):
    at: datetime
    kid: str
    why: str


@dataclass(slots=True)
class Traffic:
    """What became of the tokens. `last` is when the last token of each key expires."""

    tokens: int = 0
    to_consumers: list[Token] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    last: dict[str, datetime] = field(default_factory=dict)

    @property
    def reasons(self) -> Counter[str]:
        return Counter(one.why for one in self.rejected)

    def worst_share(self) -> float:
        """Of the tokens that consumers saw while they rejected some of a new key, how many they did."""
        rejected, last = Counter[str](), dict[str, datetime]()
        for one in self.rejected:
            if one.why == UNHEARD:
                rejected[one.kid] += 1
                last[one.kid] = max(one.at, last.get(one.kid, one.at))
        ends = ((token.key.kid, token.shown) for token in self.to_consumers)
        seen = Counter(kid for kid, shown in ends if kid in last and shown <= last[kid])
        return max((count / seen[kid] for kid, count in rejected.items()), default=0.0)


@dataclass(frozen=True, slots=True)
class _World:
    """The year, and how far clocks and knowledge may be off in it."""

    year: Year
    random: Random
    clocks: tuple[timedelta, ...]

    def clock(self) -> timedelta:
        return self.random.choice(self.clocks)

    def up_to(self, longest: timedelta) -> timedelta:
        """Something between nothing and `longest`, which itself is not rare."""
        return longest if self.random.random() < RARELY else self.random.random() * longest

    def age(self, longest: timedelta) -> timedelta:
        """The age of a server's snapshot; the database is seldom away, then for `longest` at most."""
        usual = self.year.settings.KEYRING_MAX_AGE
        return self.up_to(longest if self.random.random() < RARELY else min(usual, longest))


def travel(year: Year, random: Random) -> Traffic:
    """Send tokens through `year`, most of them around its changeovers; say what became of them."""
    skew = year.settings.CLOCK_SKEW
    # What is left between two looks, and where a server has lost its database: half of CLOCK_SKEW at most.
    drift = [skew * (place / (SERVERS - 1) - 0.5) for place in range(SERVERS)]
    wrong = [one + host for one, host in zip(drift, WRONG, strict=True)]
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
    token = _issued(world, moment)
    if token is None:
        traffic.rejected.append(Rejection(moment, "", UNSIGNED))
        return
    traffic.last[token.key.kid] = max(token.expires, traffic.last.get(token.key.kid, token.expires))
    remote = world.year.policy.publish and world.random.random() < 0.5
    if remote:
        traffic.to_consumers.append(token)
    why = _consumer(world, token) if remote else _server(world, token)
    if why:
        traffic.rejected.append(Rejection(token.shown, token.key.kid, why))


def _issued(world: _World, moment: datetime) -> Token | None:
    """A token signed at `moment`, with any lifetime that its key promises, to be shown before it expires."""
    here = moment + world.clock()
    held = world.year.at(moment - world.age(world.year.settings.SIGNING_MAX_AGE))
    key = planning.signer(held, here, skew=world.year.settings.CLOCK_SKEW)
    if key is None or not key.private:
        return None
    expires = here + world.up_to(key.max_lifetime)
    latest = max(expires - moment, timedelta(0))
    return Token(key, here, expires, moment + world.random.choice((0, 0.5, 1)) * world.up_to(latest))


def _server(world: _World, token: Token) -> str:
    """Why one of our servers rejects a token that has not expired; empty if it does not."""
    settings = world.year.settings
    clock = min(world.clock(), token.expires + settings.LEEWAY - token.shown)
    now, age = token.shown + clock, world.age(settings.KEYRING_MAX_STALE)
    if token.issued - now > max(settings.LEEWAY, settings.CLOCK_SKEW):
        return AHEAD
    why = _judged(world, world.year.at(token.shown - age), token, now)
    if why in {UNKNOWN, ALARM} and age <= settings.KEYRING_MAX_AGE:  # the database answers: look again
        why = _judged(world, world.year.at(token.shown), token, now)
    return why


def _judged(world: _World, held: Keys, token: Token, now: datetime) -> str:
    key = next((key for key in held if key.kid == token.key.kid), None)
    if key is None:
        return UNKNOWN if world.year.last[token.key.kid].state(now) in TRUSTED else OVER
    if key.state(now) not in TRUSTED:
        return OVER
    linger, skew = world.year.policy.linger, world.year.settings.CLOCK_SKEW
    return ALARM if key.misuse(now, token.issued.timestamp(), skew=skew, linger=linger) else ""


def _consumer(world: _World, token: Token) -> str:
    """Why somebody who caches our JWKS rejects it: what he has is as old as all the caches on its way."""
    settings = world.year.settings
    caches = world.up_to(settings.CONSUMER_CACHE) + world.up_to(settings.JWKS_MAX_AGE)
    fetched = token.shown - caches
    held = world.year.at(fetched - world.age(settings.SIGNING_MAX_AGE))
    shown = {key.kid for key in held if _is_shown(world.year, key, fetched + world.clock())}
    return "" if token.key.kid in shown or fetched < world.year.start else UNHEARD


def _is_shown(year: Year, key: Planned, now: datetime) -> bool:
    return key.state(now) in (TRUSTED if year.policy.use == "sig" else {State.ACTIVE})
