"""Ears: in each test of the run, whatever is logged or refused is searched for the secrets of the whole run.

Noted as they come up: tokens (all but their headers), passwords, private members of keys, SECRET_KEY. Our own
loggers are heard from the lowest level on, whatever a test has set; the tests' own view of them stays as it
was. `tests/conftest.py` imports the two fixtures.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest import mock

import pytest

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "priv"}
SHORTEST = 12  # of a password: "password" and "a new one" are words that occur by themselves
LOGGERS = ("sessions", "keys", "drf", "wellknown")
UNSET = 5  # below DEBUG: a level that no test sets
RUN = re.compile(r"[A-Za-z0-9_-]{16,}")
# Where a segment begins: within a ciphertext the three letters stand by chance, in one of some hundred runs.
TOKEN = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}")


class Ears(logging.Filter):
    """Secrets, and the texts of a run in which they must not appear."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: set[str] = set()  # in the letters of base64url: found by comparing whole runs of those
        self.texts: set[str] = set()  # passwords and the like: found anywhere
        self.said: list[str] = []

    def note_token(self, token: str) -> None:
        self.pieces.update(piece for piece in token.split(".")[1:] if len(piece) >= 16)

    def note_key(self, jwk: dict[str, Any]) -> None:
        members = [str(value) for name, value in jwk.items() if name in PRIVATE]
        self.pieces.update(member for member in members if len(member) >= 16)

    def note_text(self, secret: object) -> None:
        if isinstance(secret, str) and len(secret) >= SHORTEST:
            self.texts.add(secret)

    def leaks(self, text: str) -> list[str]:
        """Return the secrets in `text`."""
        hits = self.pieces.intersection(RUN.findall(text))
        return [*hits, *TOKEN.findall(text), *(secret for secret in self.texts if secret in text)]

    def filter(self, record: logging.LogRecord) -> bool:
        """Hear a record of ours; let it pass where it would have passed without us."""
        self.hear(record)
        own = logging.getLogger(record.name)
        return own.level != UNSET or record.levelno >= own.parent.getEffectiveLevel()  # type: ignore[union-attr]

    def hear(self, record: logging.LogRecord) -> None:
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        fields = {name: value for name, value in vars(record).items() if name not in {"request", "args"}}
        self.said.append(f"{record.name}: {record.getMessage()} {fields!r} {trace}")


class Root(logging.Handler):
    """Hears what other loggers let through."""

    def __init__(self, ears: Ears) -> None:
        super().__init__()
        self.ears = ears

    def emit(self, record: logging.LogRecord) -> None:
        self.ears.hear(record)


def noted(
    note: Callable[..., None], call: Callable[..., Any], *, argument: int | None = None
) -> Callable[..., Any]:
    """Wrap `call` so that `note` gets its result, or one of its arguments."""

    @wraps(call)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        result = call(*args, **kwargs)
        note(result if argument is None else args[argument])
        return result

    return wrapper


@contextmanager
def listening(ears: Ears) -> Iterator[None]:
    """Note secrets where they are made, hear the logs and the refusals."""
    from django.conf import settings
    from django.contrib.auth import base_user, models
    from django.core.handlers.base import BaseHandler

    from django_jwtkit.jose import Key, jws, jwt

    def refused(response: Any) -> None:
        if response.status_code >= 400 and not response.streaming:
            ears.said.append(f"{response.status_code}: {response.content.decode(errors='replace')}")

    ears.note_text(settings.SECRET_KEY)
    wrapped = [
        (jws, "sign", ears.note_token, None),
        (jwt, "encode", ears.note_token, None),
        (Key, "to_dict", ears.note_key, None),
        (base_user, "make_password", ears.note_text, 0),
        (base_user, "check_password", ears.note_text, 0),
        (models, "make_password", ears.note_text, 0),
        (BaseHandler, "get_response", refused, None),
    ]
    root = Root(ears)
    with ExitStack() as stack:
        for owner, name, note, argument in wrapped:
            call = noted(note, getattr(owner, name), argument=argument)
            stack.enter_context(mock.patch.object(owner, name, call))
        logging.getLogger().addHandler(root)
        stack.callback(logging.getLogger().removeHandler, root)
        for name in LOGGERS:
            logger = logging.getLogger(f"django_jwtkit.{name}")
            logger.addFilter(ears)
            stack.callback(logger.removeFilter, ears)
            logger.setLevel(UNSET)
            stack.callback(logger.setLevel, logging.NOTSET)
        yield


@pytest.fixture(scope="session", autouse=True)
def ears() -> Iterator[Ears]:
    """The ears of this run."""
    ears = Ears()
    with listening(ears):
        yield ears


@pytest.fixture(autouse=True)
def nothing_leaks(ears: Ears) -> Iterator[None]:
    """Fail the test in which a secret was logged or sent back with a refusal."""
    ears.said.clear()
    yield
    reports = [(said[:300], leaks) for said in ears.said if (leaks := ears.leaks(said))]
    ears.said.clear()
    assert reports == []
