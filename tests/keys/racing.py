"""What the processes of test_races.py and test_kills.py do."""

import os
import signal
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

from django_jwtkit import keys


def rotate(ring: str, now: str) -> dict[str, Any]:
    """Do what is due at `now`; tell whether this process has made a key."""
    plan = keys.rotate(ring, now=datetime.fromisoformat(now))
    return {"made": 0 if plan.lost else [step.action for step in plan.steps].count("made"), "lost": plan.lost}


def revoke(kid: str) -> dict[str, Any]:
    """Revoke `kid`, whoever else changes the ring just now."""
    plan = keys.revoke(kid, reason="race")
    return {"lost": plan.lost}


VERBS = {"rotate": keys.rotate, "revoke": keys.revoke}


def killed_after(count: int, verb: str, name: str, now: str, arguments: dict[str, Any]) -> bool:
    """Do it in a process of its own that is killed right after its statement `count`; tell if it was."""
    connection.close()
    child = os.fork()
    if not child:
        with connection.execute_wrapper(_Killer(count)):
            VERBS[verb](name, now=datetime.fromisoformat(now), **arguments)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


class _Killer:
    """Lets `count` statements through, and ends the process before anything is said to the database again."""

    def __init__(self, count: int) -> None:
        self.left = count

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        answer = execute(*arguments)
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
