"""Whether a stored key can do its work: plans, commands, checks and pages ask."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_noop

from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError, ScopeUnknown, SealingKeyLost
from django_jwtkit.keys.planning import Planned, State
from django_jwtkit.keys.sealing import Verdict, judge_at, judges_of, sealing_keys
from django_jwtkit.keys.store import Store, StoredKey, current_store
from django_jwtkit.wording import Code, Message, words_of

from .entry import WORK, Entry

SIGNING: Final = (gettext_noop("cannot sign"), gettext_noop("cannot verify"))
ENCRYPTING: Final = (gettext_noop("cannot encrypt"), gettext_noop("cannot decrypt"))
DENIED: Final = gettext_noop("Key {key} is in DENY_KIDS: it is not used, and its tokens are refused.")

MOST: Final = 8192  # keys that a process remembers as sound

_sound: Final[set[bytes]] = set()


def faults_of(rows: Iterable[StoredKey], now: datetime, store: Store | None = None) -> Mapping[str, str]:
    """Return, by kid, what keeps keys of `rows` in `store` from their work at `now`, in words."""
    working = [row for row in rows if WORK[row.state(now)] and not row.archived]
    try:
        store = store or current_store()
    except ScopeUnknown as error:
        return {row.kid: words_of(error) for row in working}
    rings, faults = {row.ring_id for row in working}, {}
    judges = (
        judges_of(store, rings) if len(rings) > 1 else {name: judge_at(store.ring(name)) for name in rings}
    )
    for row in working:
        if fault := fault_of_judged(row, now, store, judges[row.ring_id].judge(row)):
            faults[row.kid] = fault
    return faults


def fault_of(row: StoredKey, now: datetime, store: Store | None = None) -> str:
    """Return what keeps the key in `row` from its work at `now`, in words that name it; empty for nothing."""
    return faults_of([row], now, store).get(row.kid, "")


def can_verify(row: StoredKey, store: Store | None = None) -> bool:
    """Return the answer of `can_open_verifier` for a row of `store` that has not been judged yet."""
    try:
        judge = judge_at((store or current_store()).ring(row.ring_id))
    except ScopeUnknown:
        return False
    return can_open_verifier(row, judge.judge(row))


def can_open_verifier(row: StoredKey, verdict: Verdict) -> bool:
    """Return whether the key in `row` verifies or decrypts here, as far as its row and its material go.

    A fault of the private part of a key pair does not keep it from that.
    """
    try:
        Entry.of(row, None, verdict).open_verifier()
    except (KeyUnusableError, SealingKeyLost):
        return False
    return not verdict.fault


def assess(row: StoredKey, verdict: Verdict, now: datetime, store: Store) -> Planned:
    """Return the key in `row` of `store` with all that keeps it from its work at `now`."""
    is_denied = row.kid in conf().denied and row.revoked_at is None
    fault = fault_of_judged(row, now, store, verdict)
    if is_denied and not verdict.tampered and WORK[row.state(now)]:
        fault = Message(DENIED, {"key": Code(row.kid)})
    key = row.planned(fault=fault)
    return replace(key, judged=not verdict.unjudged, tampered=bool(verdict.tampered), denied=is_denied)


def name_inability(state: State, use: str) -> str:
    """Return what a key with a fault cannot do in `state`: wherever a state is shown, this belongs to it."""
    current, past = ENCRYPTING if use == "enc" else SIGNING
    return current if state in (State.STANDBY, State.ACTIVE) else past


def fault_of_judged(row: StoredKey, now: datetime, store: Store, verdict: Verdict) -> str:
    """Return what keeps the key in a judged `row` from its work, without a look at DENY_KIDS.

    A sound key is not opened again, for an RSA key takes 0.2 s. The process remembers a digest of its row.
    """
    if verdict.tampered:
        return verdict.tampered  # whatever its dates say: they may be forged as well
    if verdict.unjudged:
        return verdict.unjudged if WORK[row.state(now)] else ""
    mark = _mark(row, now, store)
    if mark in _sound:
        return ""
    fault = Entry.of(row, None).fault(now)
    if not fault:
        if len(_sound) >= MOST:
            _sound.clear()
        _sound.add(mark)
    return fault


def _mark(row: StoredKey, now: datetime, store: Store) -> bytes:
    """Return a digest of all that the answer depends on: row, store, state, and the sealing keys here."""
    try:
        sealing = [key.check for key in sealing_keys().values()]
    except SealingKeyLost:
        sealing = []
    content = (row.ring_id, row.kid, row.alg, row.use, row.public_jwk, row.sealed, row.state(now), sealing)
    return hashlib.sha256(repr((*store, *content)).encode()).digest()
