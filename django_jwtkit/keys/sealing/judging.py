"""Judging rows: what was tampered with, and what this process cannot judge.

Evidence comes from three places, and one that speaks against a row is enough: its own MAC; the voucher of its
ring, which knows the MAC of each trusted row; and the history, which knows each revocation and the number of
each change.
"""

from collections.abc import Mapping
from hmac import compare_digest
from shlex import quote
from types import MappingProxyType
from typing import Final, NamedTuple

from django.db.models import Q

from django_jwtkit.errors import SealingKeyLost
from django_jwtkit.keys.store import Address, KeyEvent, Ring, SealingCheck, StoredKey

from .integrity import Mac, read_macs, ring_mac, row_mac, same
from .secrets import SealingKey, sealing_keys
from .vouching import VOUCHED, sentences, vouched_for

REVOKED: Final = "revoked"  # the action in the history


class Verdict(NamedTuple):
    """What integrity says of a row. Empty: it may be trusted as far as its dates and its key allow."""

    tampered: str = ""  # what is wrong with it: it is refused
    unjudged: str = ""  # why this process cannot judge it: 503
    remedy: str = ""

    @property
    def fault(self) -> str:
        return self.tampered or self.unjudged


TRUSTED: Final = Verdict()


class History(NamedTuple):
    """What the history of a ring says against its rows."""

    revoked: frozenset[str] = frozenset()
    changes: Mapping[str, int] = MappingProxyType({})  # by kid, the number of its last change
    under: str = ""  # the entry of `SEALING_KEYS` under which the ring was vouched for last

    @classmethod
    def of(cls, address: Address, since: int = 0) -> "History":
        """Read what matters to the ring at `address`, whose row says that its last change was `since`."""
        events = KeyEvent.objects.using(address.alias).filter(ring_id=address.ring)
        matters = Q(action__in=(REVOKED, VOUCHED)) | Q(serial__gt=since)
        revoked = set()
        changes: dict[str, int] = {}
        under = (-1, 0, "")
        known = sentences(key for key in _keys_here()[0].values() if key.is_own)
        columns = ("kid", "action", "serial", "detail", "pk")
        for kid, action, serial, detail, number in events.filter(matters).order_by().values_list(*columns):
            if action == REVOKED:
                revoked.add(kid)
            if action == VOUCHED and detail in known:
                under = max(under, (serial, number, known[detail]))
            changes[kid] = max(serial, changes.get(kid, 0))
        return cls(frozenset(revoked), changes, under[-1])


class Judge:
    """Judges rows of the ring at `address` by the `ring`'s own row and its `history`, under the keys here."""

    def __init__(self, address: Address, ring: Ring | None, history: History) -> None:
        self.address, self.history = address, history
        self.keys, self.lost = _keys_here()
        self.is_new = ring is None
        self.ring = Ring(name=address.ring) if ring is None else ring
        self.foreign = self._is_foreign()
        self.fault = self._fault_of_ring()
        self.macs = {} if self.fault.fault else vouched_for(self.ring)

    def judge(self, row: StoredKey) -> Verdict:
        """Return what is to be said of `row`; nothing is asked about one that has been revoked."""
        if self.foreign:
            return Verdict(f"Key {row.kid} can't be trusted. {self.fault.tampered}")
        mac = Mac.parse(row.mac)
        if row.ring_id != self.address.ring or not mac.key_id:
            return Verdict(f"Key {row.kid} has no MAC: it was planted, or restored from elsewhere.")
        key = self.keys.get(mac.key_id)
        if key is None and (self.fault.fault or self._is_vouched_for(row)):
            return self._lost(row, mac.key_id)
        if key is not None and not same(mac, row_mac(row, self.address, key)):
            return self._wrong(key, f"Key {row.kid} has been changed: its MAC is that of another content.")
        return self._by_ring(row)

    def _by_ring(self, row: StoredKey) -> Verdict:
        if self.fault.unjudged:
            return self.fault._replace(unjudged=f"Key {row.kid} can't be judged. {self.fault.unjudged}")
        if self.fault.tampered:
            return Verdict(f"Key {row.kid} can't be trusted. {self.fault.tampered}")
        if not self._is_vouched_for(row):
            return Verdict(f"Key {row.kid} is not what its ring vouches for: it was planted or restored.")
        return self._by_history(row.kid)

    def _by_history(self, kid: str) -> Verdict:
        if kid in self.history.revoked:
            return Verdict(f"Key {kid} has been revoked: the history says so, though its row does not.")
        if self.history.changes.get(kid, 0) > self.ring.serial:
            return Verdict(f"Key {kid} has been restored: the history knows a later change of it.")
        return TRUSTED

    def _is_vouched_for(self, row: StoredKey) -> bool:
        vouched = self.macs.get(row.kid)
        return vouched is not None and compare_digest(vouched.encode(), row.mac.encode())

    def _fault_of_ring(self) -> Verdict:
        """Return what is wrong with the row of the ring; it decides for all keys of it."""
        if self.foreign:
            return Verdict(
                f"Its ring belongs to the scope {self.ring.scope!r} and not to {self.address.scope!r} "
                f"(if KEYRING_SCOPE has changed: manage.py reseal_keys --scope-was {quote(self.ring.scope)})."
            )
        macs = read_macs(self.ring.macs)
        judging = [key for key in self.keys.values() if key.id in macs]
        if not judging:
            return Verdict("Its ring is not vouched for under any sealing key that is here.")
        for key in judging:
            if not same(macs[key.id], ring_mac(self.ring, self.address, key)):
                return self._wrong(
                    key, "Its ring's row has been changed: its MAC is that of another content."
                )
        last, now = self.history.under, ", ".join(macs)
        if last and last not in macs:
            return Verdict(f"Its ring was vouched for under {last}, and now only under {now}.")
        return TRUSTED

    def _is_foreign(self) -> bool:
        """Whether the ring is authentic, but of another scope: a tenant's, or the one of before."""
        if self.ring.scope == self.address.scope:
            return False
        macs, elsewhere = read_macs(self.ring.macs), self.address._replace(scope=self.ring.scope)
        judging = [key for key in self.keys.values() if key.id in macs]
        return bool(judging) and all(
            same(macs[key.id], ring_mac(self.ring, elsewhere, key)) for key in judging
        )

    def _wrong(self, key: SealingKey, tampered: str) -> Verdict:
        """Return the verdict on a MAC that does not match: not its fault where our secret is another one."""
        noted = SealingCheck.objects.using(self.address.alias).filter(key_id=key.id)
        if all(value == key.check for value in noted.values_list("value", flat=True)):
            return Verdict(tampered)
        return Verdict(
            unjudged=f"Sealing key {key.id!r} is not the secret that was first used under this id.",
            remedy="Give this machine the secret that the others have under that id.",
        )

    def _lost(self, row: StoredKey, key_id: str) -> Verdict:
        if self.lost is not None:
            return Verdict(
                unjudged=f"Key {row.kid} can't be opened. {self.lost.fact}", remedy=self.lost.remedy
            )
        return Verdict(
            unjudged=f"Key {row.kid} is sealed under {key_id!r}, but here are only {', '.join(self.keys)}.",
            remedy="Put that one back into JWTKIT['SEALING_KEYS'] (or the old SECRET_KEY into "
            f"SECRET_KEY_FALLBACKS). If it is lost: manage.py rotate_keys --ring {row.ring_id} --now --force",
        )


def judge_at(address: Address) -> Judge:
    """Return a judge of the ring at `address`, as it is now.

    A change between its two questions looks as if somebody had tampered with the ring: who finds a fault must
    make sure that the ring's generation is still the same.
    """
    ring = Ring.objects.using(address.alias).filter(name=address.ring).first()
    return Judge(address, ring, History.of(address, 0 if ring is None else ring.serial))


def _keys_here() -> tuple[Mapping[str, SealingKey], SealingKeyLost | None]:
    try:
        return sealing_keys(), None
    except SealingKeyLost as error:
        return {}, error
