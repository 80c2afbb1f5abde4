"""What the processes of test_races.py and test_kills.py do."""

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test import override_settings

from django_jwtkit import keys, moments
from django_jwtkit.errors import KeyUnusableError, UnknownKey
from django_jwtkit.jose import Key

NUMBER = int(os.environ.get("JWTKIT_PROCESS", "0"))


def call(name: str, *arguments: Any) -> Any:
    """Call one of the others as in a process that has just started."""
    keys.forget()
    return globals()[name](*arguments)


def rotate(ring: str, now: str) -> dict[str, Any]:
    """Do what is due at `now`; return whether this process has made a key."""
    plan = keys.rotate(ring, now=datetime.fromisoformat(now))
    return {"made": 0 if plan.lost else [step.action for step in plan.steps].count("made"), "lost": plan.lost}


def revoke(kid: str) -> dict[str, Any]:
    """Revoke `kid` while others change the ring; return whether this process has done it."""
    plan = keys.revoke(kid, reason="race")
    return {"lost": plan.lost, "revoked": [step.action for step in plan.steps].count("revoked")}


def revoke_or_rotate(kid: str) -> dict[str, Any]:
    """Every second process rotates by force while the others revoke."""
    if NUMBER % 2:
        return revoke(kid)
    plan = keys.rotate("access", at_once=True, force=True)
    return {"lost": plan.lost, "revoked": 0}


def take_in(jwk: dict[str, Any]) -> dict[str, Any]:
    """Import a key; return whether this process was the one that could."""
    try:
        return {"imported": keys.import_key("access", Key.from_dict(jwk)).kid}
    except KeyUnusableError as error:
        return {"known": str(error)}


def promise(shortest: float) -> dict[str, Any]:
    """Ask for a key for tokens of `shortest` seconds, each process for a second more than the last."""
    lifetime = timedelta(seconds=shortest + NUMBER)
    key = keys.signing_key("access", now=moments.now(), lifetime=lifetime)
    return {"kid": key.kid, "asked": lifetime.total_seconds()}


def seals(*numbers: int) -> dict[str, Any]:
    """Return settings with the sealing keys of these numbers; the first one seals."""
    return {"SEALING_KEYS": [{"id": str(n), "key": f"{n:03} of the sealing keys of a test"} for n in numbers]}


def serve(sealing_keys: list[int], rotations: int) -> dict[str, Any]:
    """Sign, verify and rotate all the time, as a server does; return with how many keys."""
    used = set()
    with override_settings(JWTKIT=seals(*sealing_keys)):
        keys.forget()
        for _ in range(rotations):
            for ring in ("access", "refresh"):
                keys.rotate(ring, at_once=True, force=True)
                key = keys.signing_key(ring, now=moments.now(), lifetime=timedelta(minutes=1))
                used.add(keys.keyring(ring).find({"kid": key.kid, "alg": key.alg}).kid)
    return {"keys": len(used)}


def _reseal(newest: str, *, now: datetime) -> None:
    with override_settings(JWTKIT=seals(int(newest), int(newest) - 1)):
        for _ in keys.reseal(by=f"at {now}"):
            pass


def _take_in(kid: str, *, now: datetime) -> None:
    keys.import_key("access", Key.generate("ES256", kid=kid), now=now)


def _raise(ring: str, *, now: datetime, hours: int) -> None:
    keys.signing_key(ring, now=now, lifetime=timedelta(hours=hours))


VERBS = {
    "rotate": keys.rotate,
    "revoke": keys.revoke,
    "reseal": _reseal,
    "import": _take_in,
    "raise": _raise,
}


def can_kill_after(count: int, verb: str, name: str, now: str, arguments: dict[str, Any]) -> bool:
    """Run a verb in a process that is killed after its statement `count`; return whether it came so far."""
    connection.close()
    child = os.fork()
    if not child:
        with connection.execute_wrapper(_Killer(count)):
            VERBS[verb](name, now=datetime.fromisoformat(now), **arguments)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


class _Killer:
    """Let `count` statements through, then end the process before anything else reaches the database."""

    def __init__(self, count: int) -> None:
        self.statements_left = count

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        answer = execute(*arguments)
        self.statements_left -= 1
        if not self.statements_left:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def quick(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` with snapshots of a second at most, so that a test need not wait for ten."""
    return override_settings(JWTKIT={"KEYRING_MAX_AGE": timedelta(seconds=1)})(function)


@quick
def signing_kid(ring: str) -> str:
    """Return the kid that this process signs with."""
    return str(keys.signing_key(ring, now=moments.now(), lifetime=timedelta(minutes=1)).kid)


@quick
def can_verify(ring: str, kid: str) -> bool:
    """Return whether this process verifies tokens of `kid`."""
    try:
        return keys.keyring(ring).find({"kid": kid}).kid == kid
    except UnknownKey:
        return False
