"""What a key really does: by its row, the clock, its faults and DENY_KIDS.

Each face shows this, so that no two of them contradict one another, or what the API does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django_jwtkit.conf import conf
from django_jwtkit.errors import ScopeUnknown
from django_jwtkit.keys import State, Store, StoredKey, current_store
from django_jwtkit.keys.planning import TRUSTED, Planned, acting_signer, signer
from django_jwtkit.keys.sealing import Verdict, judge_all_rows
from django_jwtkit.keys.snapshots import assess, can_open_verifier
from django_jwtkit.wording import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A stored key, as plans see it, and what it does now.

    `signs`: new tokens are signed by it. `instead_of`: the kid of the key whose turn it is by its row, where
    this one signs in its place. `verifies`: its tokens are accepted, or decrypted.
    """

    row: StoredKey
    key: Planned
    verdict: Verdict
    signs: bool = False
    instead_of: str = ""
    verifies: bool = False

    @property
    def fault(self) -> str:
        """The reason why it cannot do its work, in words that name it; empty for none."""
        return self.key.fault

    @property
    def is_refused(self) -> bool:
        """Whether its tokens are refused, and nothing follows from its dates."""
        return self.key.tampered or self.key.denied

    def is_standing_in(self, now: datetime) -> bool:
        """Return whether it signs before its turn."""
        return self.signs and self.row.state(now) is State.STANDBY

    def acting(self, now: datetime) -> Planned:
        """Return the key with the turn that it really has: where it stands in for another, from now on."""
        return replace(self.key, sign_from=now) if self.is_standing_in(now) else self.key

    def state(self, now: datetime) -> State:
        """Return the state at `now`, of one that stands in the active one; whoever has written the row."""
        return State.ACTIVE if self.is_standing_in(now) else self.row.state(now)


def standings_of(rows: Iterable[StoredKey], now: datetime) -> Mapping[str, Standing]:
    """Return by kid what the keys in `rows` do at `now`, with five queries however many they are."""
    rows = list(rows)
    living = [row for row in rows if not (row.archived or row.revoked_at)]
    try:
        standings = _read(current_store(), {row.ring_id for row in living}, now)
    except ScopeUnknown as error:
        standings = {row.kid: _alone(row, words_of(error)) for row in living}
    return {row.kid: standings.get(row.kid) or _alone(row) for row in rows}


def _alone(row: StoredKey, fault: str = "") -> Standing:
    """Return a key that has ended, or of which nothing is known but a `fault`."""
    return Standing(row=row, key=row.planned(fault=fault), verdict=Verdict())


def _read(store: Store, rings: set[str], now: datetime) -> dict[str, Standing]:
    """Return what all living keys of `rings` do: which one signs depends on the others."""
    if not rings:
        return {}
    living = StoredKey.objects.using(store.alias).filter(archived=False, revoked_at=None, ring_id__in=rings)
    judged = judge_all_rows(store, rings, living.order_by("pk").all)
    return {each.row.kid: each for ring in rings for each in stand(judged[ring].rows, now, store)}


def stand(judged: Sequence[tuple[StoredKey, Verdict]], now: datetime, store: Store) -> list[Standing]:
    """Return what the living keys of one ring do at `now`, by their judged rows."""
    skew = conf().CLOCK_SKEW
    keys = {row.kid: assess(row, verdict, now, store) for row, verdict in judged}
    signing = acting_signer(keys.values(), now, skew=skew)
    by_rows = signer((replace(key, tampered=False) for key in keys.values()), now, skew=skew)
    acting, replaced = signing.kid if signing else "", by_rows.kid if by_rows else ""
    return [
        Standing(
            row=row,
            key=keys[row.kid],
            verdict=verdict,
            signs=row.kid == acting,
            instead_of=replaced if row.kid == acting != replaced else "",
            verifies=_can_verify(row, keys[row.kid], verdict, now),
        )
        for row, verdict in judged
    ]


def _can_verify(row: StoredKey, key: Planned, verdict: Verdict, now: datetime) -> bool:
    """Return whether tokens of `key` are accepted, as far as that depends on the key."""
    if key.denied or key.tampered or key.state(now) not in TRUSTED:
        return False
    return not key.fault or can_open_verifier(row, verdict)
