"""A plan: the keys of a ring before and after, and the steps between, for people and for programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_noop

from django_jwtkit.keys.planning.life import State
from django_jwtkit.keys.planning.planned import Keys, Planned
from django_jwtkit.wording import Message, iso

from .steps import Step, steps_of


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes of a ring, carried out or only previewed. Falsy when there is nothing to do.

    `lost`: another process was faster, and nothing was done here. `safe_from`: from when all consumers know
    the key that signs after this plan; later than `now` where the plan was forced. `blocked_by`: why a
    missing key is not made.
    """

    ring: str
    now: datetime
    before: Keys
    after: Keys
    adopts: str = ""  # the algorithm to which the ring switches
    safe_from: datetime | None = None
    blocked_by: str = ""
    lost: bool = False

    def __bool__(self) -> bool:
        return bool(self.adopts) or any(True for _ in self.changes())

    @property
    def is_safe(self) -> bool:
        """Whether all consumers know the key that signs after this plan."""
        return self.safe_from is None or self.safe_from <= self.now

    @property
    def faults(self) -> dict[str, str]:
        """Why keys can't do their work here after this plan, by kid."""
        work = {key.kid: key.state(self.now) for key in self.before}
        return {
            key.kid: key.fault
            for key in self.after
            if key.fault and key.state(self.now) in (State.STANDBY, State.ACTIVE, work.get(key.kid))
        }

    def changes(self) -> Iterator[tuple[Planned | None, Planned]]:
        """Yield each key that changes, as it was (None for a new one) and as it will be."""
        before = {key.kid: key for key in self.before}
        for key in self.after:
            old = before.get(key.kid)
            if old != key:
                yield old, key

    @property
    def steps(self) -> tuple[Step, ...]:
        """The changes, one by one, in the order of the table `STEPS`."""
        return steps_of(self.changes(), self.now)

    @property
    def revoked(self) -> frozenset[str]:
        """The kids that it revokes, permanently."""
        return frozenset(step.key.kid for step in self.steps if step.action == "revoked")

    @property
    def messages(self) -> tuple[Message, ...]:
        """The plan for people: each step, and what hinders the plan."""
        switch, obstacle = (
            gettext_noop("Ring {ring} switches to {algorithm}, as configured."),
            gettext_noop("No new key is made. {fault}"),
        )
        first = [Message(switch, {"ring": self.ring, "algorithm": self.adopts})] if self.adopts else []
        last = [Message(obstacle, {"fault": self.blocked_by})] if self.blocked_by else []
        return (*first, *(step.message for step in self.steps), *last)

    def sentences(self) -> tuple[str, ...]:
        """Return the messages in English, with times in UTC."""
        return tuple(map(str, self.messages))

    def to_dict(self) -> dict[str, object]:
        """Return the plan for programs, as JSON takes it."""
        return {
            "ring": self.ring,
            "now": iso(self.now),
            "lost": self.lost,
            "safe_from": iso(self.safe_from),
            "blocked_by": self.blocked_by or None,
            "steps": [step.to_dict() for step in self.steps],
        }
