"""A model of one ring: the product's own planner, under every interleaving of several hosts.

The plans are made by `django_jwtkit.keys.planning` itself, keys are chosen by its `signer` and judged by its
`Life`. The model is of the world around them: the swap of the generation, snapshots, clocks, pauses and
crashes. One tick is a minute, and between two minutes anything may happen in any order.

A planner takes two steps. It looks (generation, keys, time) and makes a plan; and it commits, where the
generation is still the one that it has seen and the plan is no older than the rule allows. Any time may pass
between the two, and the second may never come: that is a crash. A process signs and verifies with a snapshot.

Properties:
    ONE   at every moment one key is the signer, with its private part, and every process finds one
    OPEN  there are never two keys whose turn has no end
    BACK  a key that has signed never becomes a standby again
    KEPT  every process accepts a token of a key that is not revoked until it expires
    GONE  no process signs with a key that was revoked longer than KEYRING_MAX_AGE ago
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

from django_jwtkit.keys.planning import Keys, Planned, Policy, Situation, State, planner, signer

ZERO = datetime(2026, 1, 1, tzinfo=UTC)
SKEW = SIGNING = MAX_AGE = 1  # minutes, as all that follows
LIFETIME, PUBLISH_BEFORE, ROTATE_EVERY = 2, 3, 6


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def at(minute: int) -> datetime:
    return ZERO + minutes(minute)


POLICY = Policy(
    ring="access",
    algorithm="ES256",
    use="sig",
    publish=True,
    rotate_every=minutes(ROTATE_EVERY),
    publish_before=minutes(PUBLISH_BEFORE),
    max_lifetime=minutes(LIFETIME),
    margin=minutes(SIGNING + SKEW),
    spread=minutes(SIGNING + SKEW),
    linger=minutes(SIGNING + SKEW),
)


class Planner(NamedTuple):
    """A process that changes the ring up to `times` times, with a clock that is `ahead`."""

    change: str
    ahead: int = 0
    times: int = 1


@dataclass(frozen=True)
class Scenario:
    """`clocks` says how many minutes each process is ahead, `oldest` how old a plan may be."""

    name: str
    planners: tuple[Planner, ...]
    clocks: tuple[int, ...] = (0, 0)
    last: int = 7
    quick: int = 3
    oldest: int = 0


class Snapshot(NamedTuple):
    looked: int
    generation: int
    ring: int


class Pending(NamedTuple):
    """A plan that is not committed yet: the ring `after` it, and the `victim` that it revokes."""

    generation: int
    after: int
    victim: str
    looked: int


class Token(NamedTuple):
    kid: str
    issued: int  # by the clock of the process
    signed: int  # by the right clock


class World(NamedTuple):
    """One state. Rings are numbers of `Model.rings`: small to compare, however many dates they hold."""

    minute: int
    generation: int
    ring: int
    snapshots: tuple[Snapshot, ...]
    pending: tuple[Pending | None, ...]
    changes_left: tuple[int, ...]
    token: Token | None = None
    signed: frozenset[str] = frozenset()
    revoked: tuple[tuple[str, int], ...] = ()


class Fault(NamedTuple):
    """A broken property, and the steps that led to it."""

    property: str
    story: tuple[str, ...]


@dataclass
class Model:
    """One scenario, explored breadth first, so that the first story of a fault is a shortest one."""

    scenario: Scenario
    rings: list[Keys] = field(default_factory=list)
    numbers: dict[Keys, int] = field(default_factory=dict)
    came: dict[World, tuple[str, World] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plan = cache(self._plan)
        self.chosen = cache(self._chosen)
        self.refusal = cache(self._refusal)
        self.ring_faults = cache(lambda ring, minute: tuple(self._ring_faults(ring, minute)))

    def number(self, keys: Keys) -> int:
        if keys not in self.numbers:
            self.numbers[keys] = len(self.rings)
            self.rings.append(keys)
        return self.numbers[keys]

    def run(self, most: int = 2_000_000) -> Mapping[str, Fault]:
        """Return a fault for each property that is broken; `came` holds the states that were met."""
        first, faults = self.first(), dict[str, Fault]()
        self.came = {first: None}
        queue = deque([first])
        while queue and len(self.came) <= most:
            world = queue.popleft()
            for name in self.faults(world):
                faults.setdefault(name[:4], Fault(name, (*self.story(world), name)))
            for step, after in self.steps(world):
                if after not in self.came:
                    self.came[after] = (step, world)
                    queue.append(after)
        assert not queue, f"more than {most} states"
        return faults

    def story(self, world: World) -> list[str]:
        lines = []
        while (came := self.came[world]) is not None:
            step, world = came
            lines.append(f"{world.minute}' {step}")
        return lines[::-1]

    def first(self) -> World:
        ring = self.number(_named(planner.rotate((), Situation(POLICY, at(0)))))
        snapshots = tuple(Snapshot(0, 0, ring) for _ in self.scenario.clocks)
        planners = self.scenario.planners
        return World(
            0, 0, ring, snapshots, (None,) * len(planners), tuple(planner.times for planner in planners)
        )

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        if world.minute < self.scenario.last:
            yield "a minute passes", world._replace(minute=world.minute + 1)
        for place, host in enumerate(self.scenario.planners):
            if world.pending[place] is not None:
                yield self.commit(world, place, host)
            elif world.changes_left[place] and (looked := self.look(world, place, host)) is not None:
                yield looked
        for place, ahead in enumerate(self.scenario.clocks):
            yield from self.process(world, place, ahead)
        if world.token is not None:
            yield "the token is forgotten", world._replace(token=None)

    def look(self, world: World, place: int, planner: Planner) -> tuple[str, World] | None:
        now, victim = world.minute + planner.ahead, ""
        if planner.change == "revoke":
            was = self.chosen(world.ring, world.minute)
            if was is None:
                return None
            victim = was.kid
        after = self.plan(planner.change, world.ring, now, victim)
        if after == world.ring:
            return None
        pending = Pending(world.generation, after, victim, world.minute)
        changes_left = _put(world.changes_left, place, world.changes_left[place] - 1)
        what = f"planner {place} looks, to {planner.change} at {now}'"
        return what, world._replace(pending=_put(world.pending, place, pending), changes_left=changes_left)

    def commit(self, world: World, place: int, planner: Planner) -> tuple[str, World]:
        pending = world.pending[place]
        assert pending is not None
        free = world._replace(pending=_put(world.pending, place, None))
        again = free._replace(changes_left=_put(world.changes_left, place, world.changes_left[place] + 1))
        if pending.generation != world.generation:
            return f"planner {place} has lost", again if planner.change == "revoke" else free
        if world.minute - pending.looked > self.scenario.oldest:
            return f"planner {place} finds its plan too old", again
        gone = ((pending.victim, world.minute),) if pending.victim else ()
        changed = free._replace(generation=world.generation + 1, ring=pending.after)
        return f"planner {place} commits", changed._replace(revoked=world.revoked + gone)

    def process(self, world: World, place: int, ahead: int) -> Iterator[tuple[str, World]]:
        snapshot, fresh = world.snapshots[place], Snapshot(world.minute, world.generation, world.ring)
        if snapshot != fresh:
            looked = _put(world.snapshots, place, fresh)
            yield f"process {place} looks at the ring", world._replace(snapshots=looked)
        if world.minute - snapshot.looked > MAX_AGE or world.token is not None:
            return
        key = self.chosen(snapshot.ring, world.minute + ahead)
        if key is not None:
            token = Token(key.kid, world.minute + ahead, world.minute)
            signed = world.signed | {key.kid}
            yield f"process {place} signs with {key.kid}", world._replace(token=token, signed=signed)

    def faults(self, world: World) -> Iterator[str]:
        yield from self.ring_faults(world.ring, world.minute)
        for key in self.rings[world.ring]:
            if key.kid in world.signed and _is_standby_again(key, world.minute):
                yield f"BACK: {key.kid} has signed and is a standby again"
        if world.token is not None:
            yield from self.token_faults(world, world.token)

    def token_faults(self, world: World, token: Token) -> Iterator[str]:
        revoked = dict(world.revoked).get(token.kid)
        if revoked is not None:
            if token.signed > revoked + MAX_AGE:
                yield f"GONE: {token.kid}, revoked at {revoked}', has signed at {token.signed}'"
            return
        for place, ahead in enumerate(self.scenario.clocks):
            now = world.minute + ahead
            if now >= token.issued + LIFETIME:
                continue
            # A doubt is always followed by a look, so the ring as it is decides.
            why = self.refusal(world.ring, token.kid, token.issued, now)
            if why and self.refusal(world.snapshots[place].ring, token.kid, token.issued, now):
                what = f"a token of {token.kid} of {token.issued}'"
                yield f"KEPT: process {place} refuses {what} at {now}': {why}"

    def _ring_faults(self, ring: int, minute: int) -> Iterator[str]:
        keys = self.rings[ring]
        if (
            sum(key.sign_from is not None and key.sign_until is None and not key.revoked_at for key in keys)
            > 1
        ):
            yield "OPEN: two keys whose turn has no end"
        for clock in {0, *self.scenario.clocks}:
            key = self.chosen(ring, minute + clock)
            if key is None:
                yield f"ONE : by a clock at {clock:+} nobody signs"
            elif not key.private:
                yield f"ONE : by a clock at {clock:+} {key.kid} signs, whose private part is destroyed"

    def _plan(self, change: str, ring: int, minute: int, victim: str) -> int:
        changes: dict[str, Callable[[Keys, Situation], Keys]] = {
            "rotate": planner.rotate,
            "rotate at once": planner.rotate_now,
            "revoke": partial(planner.revoke, kids={victim}, reason="leaked"),
        }
        keys = self.rings[ring]
        return self.number(_named(changes[change](keys, Situation(POLICY, at(minute)))))

    def _chosen(self, ring: int, minute: int) -> Planned | None:
        """Choose the key that signs, as `keys.private_keys` does."""
        return signer(_living(self.rings[ring]), at(minute), skew=minutes(SKEW))

    def _refusal(self, ring: int, kid: str, issued: int, minute: int) -> str:
        """Return why a process with these keys and this clock refuses a token, as `keys.Keyring` does."""
        line = sorted(
            (key for key in _living(self.rings[ring]) if key.sign_from), key=lambda key: key.sign_from
        )
        key = next((key for key in line if key.kid == kid), None)
        if key is None or key.state(at(minute)) in (State.EXPIRED, State.REVOKED):
            return "no such key"
        if issued - minute > SKEW:
            return "iat lies ahead"
        if key is line[0] and key.state(at(minute)) is State.STANDBY:
            return ""
        linger = minutes(SIGNING + SKEW)
        return key.explain_misuse(at(minute), at(issued).timestamp(), skew=minutes(SKEW), linger=linger)


def _living(keys: Keys) -> list[Planned]:
    return [key for key in keys if key.revoked_at is None and not key.archived]


def _is_standby_again(key: Planned, minute: int) -> bool:
    if key.revoked_at is not None or key.sign_from is None:
        return False
    return key.state(at(minute)) is State.STANDBY and key.sign_from - at(minute) > minutes(SKEW)


def _named(keys: Keys) -> Keys:
    """Give the new keys of a plan the next numbers as their kids."""
    count = sum(1 for key in keys if key.kid)
    named = []
    for key in keys:
        count += not key.kid
        named.append(key if key.kid else replace(key, kid=f"k{count}"))
    return tuple(named)


def _put(values: tuple[Any, ...], place: int, value: Any) -> tuple[Any, ...]:
    return (*values[:place], value, *values[place + 1 :])
