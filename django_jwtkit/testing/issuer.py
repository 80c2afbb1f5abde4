"""An issuer of `TRUSTED_ISSUERS` that a test plays itself."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django_jwtkit import issuers
from django_jwtkit.jose import Key, KeySet, jwt

LIFETIME: Final = 300  # seconds


class FakeIssuer:
    """Issues tokens that the entry of `TRUSTED_ISSUERS` accepts."""

    def __init__(self, issuer: issuers.Issuer) -> None:
        self._issuer = issuer
        self._key = Key.generate(_algorithm_of(issuer), kid="fake")

    @property
    def keys(self) -> KeySet:
        return KeySet([self._key.public()])

    def issue(self, **claims: object) -> str:
        """Return a token with `claims`; a claim that is None is left out.

        What the entry demands is there unless you name it: iss, sub, exp, iat, the audience and `REQUIRE`.
        """
        now = int(time.time())
        entry = self._issuer.settings
        audience = entry.AUDIENCE if isinstance(entry.AUDIENCE, str) else next(iter(entry.AUDIENCE))
        subject = entry.SUBJECT_CLAIM if isinstance(entry.SUBJECT_CLAIM, str) else entry.SUBJECT_CLAIM[0]
        defaults: dict[str, object] = {
            "iss": self._issuer.name if entry.ISSUER_FROM == "iss" else None,
            "sub": f"{self._issuer.name}/user" if entry.ISSUER_FROM == "sub" else str(uuid.uuid4()),
            "exp": now + LIFETIME,
            "iat": now,
            entry.AUDIENCE_CLAIM: audience,
        }
        defaults.setdefault(subject, defaults["sub"])
        for path, wanted in entry.REQUIRE.items():
            _put(defaults, (path,) if isinstance(path, str) else tuple(path), _first(wanted))
        named = {name: value for name, value in {**defaults, **claims}.items() if value is not None}
        typ = next(iter(entry.types))
        return jwt.encode(named, self._key, typ=typ)


@contextmanager
def fake_issuer(iss: str) -> Iterator[FakeIssuer]:
    """Play the issuer `iss` of `TRUSTED_ISSUERS`: inside, its keys are yours, and no network is asked.

    Raises `LookupError` for an issuer that has no entry.
    """
    issuer = issuers.issuer_of(iss)
    if issuer is None:
        raise LookupError(f"iss must be an issuer of TRUSTED_ISSUERS, got {iss!r}")
    fake = FakeIssuer(issuer)
    with issuers.replaced_keys(issuer.name, fake.keys):
        yield fake


def _algorithm_of(issuer: issuers.Issuer) -> str:
    """Return an algorithm of the entry, one whose keys are quickly made if there is one."""
    algorithms = issuer.settings.ALGORITHMS
    return next((name for name in algorithms if not name.startswith(("RS", "PS"))), next(iter(algorithms)))


def _put(claims: dict[str, object], path: tuple[str, ...], value: object) -> None:
    for name in path[:-1]:
        inner = claims.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        claims = inner
    claims.setdefault(path[-1], value)


def _first(wanted: object) -> object:
    return next(iter(wanted)) if isinstance(wanted, list | tuple | set | frozenset) else wanted
