"""Judging rows: which were tampered with, and which this process cannot judge.

Evidence comes from three places, and one that speaks against a row is enough: its own MAC; the voucher of its
ring, which knows the MAC of each trusted row; and the history, which knows each revocation and the number of
each change.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from hmac import compare_digest
from shlex import quote
from typing import Final, NamedTuple

from django_jwtkit.errors import SealingKeyLost
from django_jwtkit.keys.sealing.derived_keys import SealingKey, sealing_key_lost, sealing_keys
from django_jwtkit.keys.store import Address, KeyRow, Ring, SealingCheck, Store
from django_jwtkit.wording import Code, Command
from django_jwtkit.wording import message as _

from .evidence import Evidence, read_all_evidence, read_evidence
from .macs import Mac, is_same, read_macs, ring_mac, row_mac
from .vouching import vouched_for


class Verdict(NamedTuple):
    """What integrity says of a row. Empty: it may be trusted as far as its dates and its key allow."""

    tampered: str = ""  # the fault of a row that is refused
    unjudged: str = ""  # the reason why this process cannot judge it: 503
    remedy: str = ""

    @property
    def fault(self) -> str:
        return self.tampered or self.unjudged


TRUSTED: Final = Verdict()


class KeysHere(NamedTuple):
    """The sealing keys by which this process judges; `lost` where they cannot be read.

    `checks` returns the check values that are stored for the id of a sealing key.
    """

    keys: Mapping[str, SealingKey]
    lost: SealingKeyLost | None
    checks: Callable[[str], Iterable[str]]


class Judge:
    """Judges rows of the ring at `address` by the ring's own row and its history, under the keys `here`."""

    def __init__(self, address: Address, ring: Ring | None, evidence: Evidence, here: KeysHere) -> None:
        self.address = address
        self.keys, self.lost, self._checks = here
        self.is_new = ring is None
        self.ring = Ring(name=address.ring) if ring is None else ring
        self.evidence = evidence
        self.foreign = self._is_foreign()
        self.fault = self._fault_of_ring()
        self.macs = {} if self.fault.fault else vouched_for(self.ring)

    def judge(self, row: KeyRow) -> Verdict:
        """Return the verdict on `row`; a revoked one has no fault, and no trust either."""
        if row.revoked_at is not None:
            return TRUSTED
        if self.foreign:
            return Verdict(
                _("Key {key} can't be trusted. {fault}", key=Code(row.kid), fault=self.fault.tampered)
            )
        mac = Mac.parse(row.mac)
        if row.ring_id != self.address.ring or not mac.key_id:
            return Verdict(
                _("Key {key} has no MAC: it was planted, or restored from elsewhere.", key=Code(row.kid))
            )
        key = self.keys.get(mac.key_id)
        if key is None and (self.fault.fault or self._is_vouched_for(row)):
            return self._lost(row, mac.key_id)
        if key is not None and not is_same(mac, row_mac(row, self.address, key)):
            return self._wrong(
                key, _("Key {key} has been changed: its MAC is that of another content.", key=Code(row.kid))
            )
        return self._by_ring(row)

    def is_current(self) -> bool:
        """Return whether the ring is still the one that was judged: each change gives it a new generation."""
        rings = Ring.objects.using(self.address.alias).filter(pk=self.address.ring)
        generation = rings.values_list("generation", flat=True).first()
        return generation == (None if self.is_new else self.ring.generation)

    def _by_ring(self, row: KeyRow) -> Verdict:
        if self.fault.unjudged:
            return self.fault._replace(
                unjudged=_("Key {key} can't be judged. {fault}", key=Code(row.kid), fault=self.fault.unjudged)
            )
        if self.fault.tampered:
            return Verdict(
                _("Key {key} can't be trusted. {fault}", key=Code(row.kid), fault=self.fault.tampered)
            )
        if not self._is_vouched_for(row):
            return Verdict(
                _(
                    "Key {key} is not what its ring vouches for: it was planted or restored.",
                    key=Code(row.kid),
                )
            )
        return self._by_evidence(row.kid)

    def _by_evidence(self, kid: str) -> Verdict:
        if kid in self.evidence.revoked:
            return Verdict(
                _("Key {key} has been revoked: the history says so, though its row does not.", key=Code(kid))
            )
        if self.evidence.changes.get(kid, 0) > self.ring.serial:
            return Verdict(
                _("Key {key} has been restored: the history knows a later change of it.", key=Code(kid))
            )
        return TRUSTED

    def _is_vouched_for(self, row: KeyRow) -> bool:
        vouched = self.macs.get(row.kid)
        return vouched is not None and compare_digest(vouched.encode(), row.mac.encode())

    def _fault_of_ring(self) -> Verdict:
        """Return what is wrong with the row of the ring; it decides for all keys of it."""
        if self.foreign:
            return Verdict(
                _(
                    "Its ring belongs to the scope {scope!r} and not to {expected!r} (if KEYRING_SCOPE has "
                    "changed: {command}).",
                    scope=self.ring.scope,
                    expected=self.address.scope,
                    command=Command(f"manage.py reseal_keys --scope-was {quote(self.ring.scope)}"),
                )
            )
        macs = read_macs(self.ring.macs)
        judging = [key for key in self.keys.values() if key.id in macs]
        if not judging:
            return Verdict(_("Its ring is not vouched for under any sealing key that is here."))
        for key in judging:
            if not is_same(macs[key.id], ring_mac(self.ring, self.address, key)):
                return self._wrong(
                    key, _("Its ring's row has been changed: its MAC is that of another content.")
                )
        last, now = self.evidence.under, ", ".join(macs)
        if last and last not in macs:
            return Verdict(
                _("Its ring was vouched for under {last}, and now only under {now}.", last=last, now=now)
            )
        return TRUSTED

    def _is_foreign(self) -> bool:
        """Return whether the ring is authentic, but of another scope: a tenant's, or the one of before."""
        if self.ring.scope == self.address.scope:
            return False
        macs, elsewhere = read_macs(self.ring.macs), self.address._replace(scope=self.ring.scope)
        judging = [key for key in self.keys.values() if key.id in macs]
        return bool(judging) and all(
            is_same(macs[key.id], ring_mac(self.ring, elsewhere, key)) for key in judging
        )

    def _wrong(self, key: SealingKey, tampered: str) -> Verdict:
        """Return the verdict on a MAC that does not match: our secret may be the wrong one."""
        if all(value == key.check for value in self._checks(key.id)):
            return Verdict(tampered)
        return Verdict(
            unjudged=_(
                "Sealing key {key_id!r} is not the secret that was first used under this id.", key_id=key.id
            ),
            remedy=_("Give this machine the secret that the others have under that id."),
        )

    def _lost(self, row: KeyRow, key_id: str) -> Verdict:
        if self.lost is not None:
            return Verdict(
                unjudged=_("Key {key} can't be opened. {fault}", key=Code(row.kid), fault=self.lost.fact),
                remedy=self.lost.remedy,
            )
        lost = sealing_key_lost(row.kid, row.ring_id, key_id)
        return Verdict(unjudged=lost.fact, remedy=lost.remedy)


def judge_at(address: Address) -> Judge:
    """Return a judge of the ring at `address`, as it is now.

    A change between its two questions looks as if somebody had tampered with the ring: before a fault is
    reported, ask `is_current`.
    """
    here = _keys_here(partial(_read_checks, address.alias))
    ring = Ring.objects.using(address.alias).filter(name=address.ring).first()
    evidence = read_evidence(address, ring.serial if ring else 0, here.keys.values())
    return Judge(address, ring, evidence, here)


def judges_of(store: Store, names: Iterable[str] = ()) -> Mapping[str, Judge]:
    """Return a judge of each ring in `store`, as `judge_at` does, with three queries for all of them.

    `names` are rings that get one even if they have no row.
    """
    noted: dict[str, list[str]] = {}
    for name, value in SealingCheck.objects.using(store.alias).values_list("key_id", "value"):
        noted.setdefault(name, []).append(value)
    here = _keys_here(lambda name: noted.get(name, ()))
    rings = {ring.name: ring for ring in Ring.objects.using(store.alias)}
    evidence = read_all_evidence(store.alias, here.keys.values())
    return {
        name: Judge(store.ring(name), rings.get(name), evidence.get(name, Evidence()), here)
        for name in {*rings, *names}
    }


def are_current(judges: Iterable[Judge]) -> bool:
    """Return whether each ring is still the one that was judged, with one query (see `Judge.is_current`)."""
    by_ring = {judge.address.ring: judge for judge in judges}
    alias = next(iter(by_ring.values())).address.alias
    now = dict(Ring.objects.using(alias).values_list("name", "generation"))
    return all(
        now.get(ring) == (None if judge.is_new else judge.ring.generation) for ring, judge in by_ring.items()
    )


def _read_checks(using: str, name: str) -> Iterable[str]:
    return SealingCheck.objects.using(using).filter(key_id=name).values_list("value", flat=True)


def _keys_here(checks: Callable[[str], Iterable[str]]) -> KeysHere:
    try:
        return KeysHere(sealing_keys(), None, checks)
    except SealingKeyLost as error:
        return KeysHere({}, error, checks)
