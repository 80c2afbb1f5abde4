"""What a revocation brings about, told before it is done."""

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

DYING: Final = {
    "access": "Every access token that it signed is refused; clients get another with their refresh token.",
    "refresh": "Everybody whose refresh token it signed is logged out, and has to log in again.",
    "kinds": "Every token of the project's own kinds that it signed is refused.",
    "encryption": "Every token that was encrypted to it can no longer be read, and is refused.",
}
OF_A_PROJECT_RING: Final = "Every token that it signed is refused."
NOTHING_YET: Final = {
    "sig": "It has signed nothing yet: no token is refused.",
    "enc": "Nothing has been encrypted to it yet: no token is refused.",
}
NOTHING_DIES: Final = {
    State.EXPIRED: "All its tokens have expired already: none is refused that was good.",
}


@dataclass(frozen=True, slots=True)
class Consequences:
    """What revoking `row` means, by the plan that would do it."""

    row: StoredKey
    plan: Plan

    @property
    def state(self) -> State:
        return self.row.state(self.plan.now)

    @property
    def signed(self) -> bool:
        """Whether it is the one that signs now."""
        was = signer(self.plan.before, self.plan.now)
        return was is not None and was.kid == self.row.kid

    @property
    def heir(self) -> Planned | None:
        """The key that takes over; None where the key was not signing, or where no other key is left."""
        return signer(self.plan.after, self.plan.now) if self.signed else None

    @property
    def own_until(self) -> datetime:
        """The latest time at which a process of ours may still accept its tokens: a snapshot's age."""
        return self.plan.now + conf().KEYRING_MAX_AGE

    @property
    def remote_until(self) -> datetime | None:
        """The latest time at which a consumer of the JWKS may; None where nobody else has the key."""
        ring = conf().rings.get(self.row.ring_id)
        # Of a ring that has left the settings whoever has cached its keys has them still.
        if not self.row.public_jwk or (ring is not None and not ring.publish):
            return None
        return self.plan.now + conf().JWKS_MAX_AGE + conf().CONSUMER_CACHE

    def logged_out(self) -> dict[str, int]:
        """How many live sessions, of how many users, hold a refresh token that this key signed."""
        start, end = self.row.sign_from, self.row.sign_until or self.plan.now
        if self.row.ring_id != tokens.REFRESH.ring or start is None:
            return {"sessions": 0, "users": 0}
        held = living(self.plan.now).filter(last_used_at__gte=start, last_used_at__lte=end).order_by()
        return {"sessions": held.count(), "users": held.values("user_id").distinct().count()}

    def lines(self) -> Iterator[str]:
        row = self.row
        yield f"Key {row.kid} ({row.alg}) of ring {row.ring_id} is {self.state}."
        yield f"  Tokens:    {self._dying()}"
        if (out := self.logged_out())["sessions"]:
            who, where = plural(out["users"], "user"), plural(out["sessions"], "session")
            yield f"  People:    {who}, in {where}: logged out."
        yield f"  Takeover:  {self._takeover()}"
        yield f"  Here:      our own processes may accept it for {how_long(conf().KEYRING_MAX_AGE)} more."
        if self.remote_until is not None:
            span = how_long(self.remote_until - self.plan.now)
            end = when(self.remote_until)
            yield f"  Elsewhere: who caches the JWKS may accept it for {span} more, until {end}."

    def to_dict(self) -> dict[str, object]:
        heir = self.heir
        return {
            "kid": self.row.kid,
            "ring": self.row.ring_id,
            "state": str(self.state),
            "tokens": self._dying(),
            "logged_out": self.logged_out(),
            "takeover": heir and {"kid": heir.kid or None, "published_at": iso(heir.published_at)},
            "safe_from": iso(self.plan.safe_from),
            "own_processes_until": iso(self.own_until),
            "consumers_until": iso(self.remote_until),
        }

    def _dying(self) -> str:
        if self.state is State.STANDBY:
            return NOTHING_YET.get(self.row.use, NOTHING_YET["sig"])
        quiet = NOTHING_DIES.get(self.state)
        return quiet or DYING.get(self.row.ring_id, OF_A_PROJECT_RING)

    def _gap(self) -> str:
        standby = next_key(self.plan.after, self.plan.now)
        if standby is None:
            return "no other key is left: nothing is signed until one has been made."
        where = "run rotate_keys where its sealing key is"
        return f"key {short(standby.kid)} stands by, and nobody can vouch for its turn here: {where}."

    def _takeover(self) -> str:
        heir, now = self.heir, self.plan.now
        if not self.signed:
            return "it is not its turn now, so nothing changes for new tokens."
        if heir is None:
            return self._gap()
        if heir.fault:
            return f"key {short(heir.kid)} has its turn, and can't use it. {heir.fault}"
        if not heir.kid:
            unknown = "; consumers of the JWKS may refuse its tokens at first" if self.remote_until else ""
            return f"a new key is made, which {verb(heir)} at once{unknown}."
        published = f"it has been published since {when(heir.published_at)}"
        since = f"key {short(heir.kid)} {verb(heir)} at once; {published}"
        if self.plan.is_safe or self.plan.safe_from is None:
            return f"{since} ({how_long(now - heir.published_at)}), so everybody knows it."
        wait = how_long(max(self.plan.safe_from - now, timedelta(0)))
        return f"{since}: some consumers may refuse its tokens for {wait} more."
