"""The consequences of a revocation, worked out before it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django_jwtkit import tokens
from django_jwtkit.conf import conf
from django_jwtkit.keys import Plan, State, StoredKey
from django_jwtkit.keys.planning import Planned, next_key, short, signer, verb
from django_jwtkit.sessions import living
from django_jwtkit.wording import how_long, iso, plural, when

EFFECTS: Final = {
    "access": "Every access token that it signed is refused; clients get another with their refresh token.",
    "refresh": "All users whose refresh token it signed are logged out, and must log in again.",
    "kinds": "Every token of the project's own kinds that it signed is refused.",
    "encryption": "Every token that was encrypted to it can no longer be read, and is refused.",
}
EFFECT_OF_OWN_RING: Final = "Every token that it signed is refused."
NOTHING_SIGNED: Final = {
    "sig": "It has signed nothing yet: no token is refused.",
    "enc": "Nothing has been encrypted to it yet: no token is refused.",
}
NO_EFFECT: Final = {
    State.EXPIRED: "All its tokens have already expired: no valid token is refused.",
}


@dataclass(frozen=True, slots=True)
class Consequences:
    """What revoking `row` brings about, by the plan that would do it."""

    row: StoredKey
    plan: Plan

    @property
    def state(self) -> State:
        return self.row.state(self.plan.now)

    @property
    def is_signing(self) -> bool:
        """Whether it is the key that signs now."""
        signing = signer(self.plan.before, self.plan.now)
        return signing is not None and signing.kid == self.row.kid

    @property
    def successor(self) -> Planned | None:
        """The key that takes over; None where the key was not signing, or where there is no other key."""
        return signer(self.plan.after, self.plan.now) if self.is_signing else None

    @property
    def own_until(self) -> datetime:
        """The latest time at which our own processes may still accept its tokens: the age of a snapshot."""
        return self.plan.now + conf().KEYRING_MAX_AGE

    @property
    def remote_until(self) -> datetime | None:
        """The latest time at which a consumer of the JWKS may; None where no other service has the key."""
        ring = conf().rings.get(self.row.ring_id)
        # A ring that has left the settings may still be cached.
        if not self.row.public_jwk or (ring is not None and not ring.publish):
            return None
        return self.plan.now + conf().JWKS_MAX_AGE + conf().CONSUMER_CACHE

    def logged_out(self) -> dict[str, int]:
        """Count the live sessions, and their users, whose refresh token this key signed."""
        start, end = self.row.sign_from, self.row.sign_until or self.plan.now
        if self.row.ring_id != tokens.REFRESH.ring or start is None:
            return {"sessions": 0, "users": 0}
        sessions = living(self.plan.now).filter(last_used_at__gte=start, last_used_at__lte=end).order_by()
        return {"sessions": sessions.count(), "users": sessions.values("user_id").distinct().count()}

    def lines(self) -> Iterator[str]:
        row = self.row
        yield f"Key {row.kid} ({row.alg}) of ring {row.ring_id} is {self.state}."
        yield f"  Tokens:     {self._effect()}"
        if (ended := self.logged_out())["sessions"]:
            yield f"  Logged out: {plural(ended['users'], 'user')} ({plural(ended['sessions'], 'session')})."
        yield f"  Takeover:   {self._takeover()}"
        yield f"  Here:       Our own processes may accept it for another {how_long(conf().KEYRING_MAX_AGE)}."
        if self.remote_until is not None:
            span, end = how_long(self.remote_until - self.plan.now), when(self.remote_until)
            yield f"  Elsewhere:  Services that cache the JWKS may accept it for another {span}, until {end}."

    def to_dict(self) -> dict[str, object]:
        successor = self.successor
        return {
            "kid": self.row.kid,
            "ring": self.row.ring_id,
            "state": str(self.state),
            "tokens": self._effect(),
            "logged_out": self.logged_out(),
            "takeover": successor
            and {"kid": successor.kid or None, "published_at": iso(successor.published_at)},
            "safe_from": iso(self.plan.safe_from),
            "own_processes_until": iso(self.own_until),
            "consumers_until": iso(self.remote_until),
        }

    def _effect(self) -> str:
        if self.state is State.STANDBY:
            return NOTHING_SIGNED.get(self.row.use, NOTHING_SIGNED["sig"])
        return NO_EFFECT.get(self.state) or EFFECTS.get(self.row.ring_id, EFFECT_OF_OWN_RING)

    def _takeover(self) -> str:
        successor = self.successor
        if not self.is_signing:
            return "It is not the active key: nothing changes for new tokens."
        if successor is None:
            return self._gap()
        if successor.fault:
            return f"Key {short(successor.kid)} would take over but cannot be used. {successor.fault}"
        if not successor.kid:
            risk = "; consumers of the JWKS may refuse its tokens at first" if self.remote_until else ""
            return f"A new key is made, which {verb(successor)} at once{risk}."
        return self._standby_takes_over(successor)

    def _gap(self) -> str:
        standby = next_key(self.plan.after, self.plan.now)
        if standby is None:
            return "There is no other key: nothing is signed until one is made."
        remedy = "run rotate_keys on a host that has its sealing key"
        return f"Key {short(standby.kid)} is the standby, but this host cannot vouch for its turn: {remedy}."

    def _standby_takes_over(self, successor: Planned) -> str:
        now, published_at = self.plan.now, successor.published_at
        readers = "consumers" if self.remote_until else "processes"
        takeover = (
            f"Key {short(successor.kid)} {verb(successor)} at once. It was published {when(published_at)}"
        )
        if self.plan.is_safe or self.plan.safe_from is None:
            return f"{takeover} ({how_long(now - published_at)} ago), so all {readers} know it."
        wait = how_long(max(self.plan.safe_from - now, timedelta(0)))
        return f"{takeover}; some {readers} may refuse its tokens for another {wait}."
