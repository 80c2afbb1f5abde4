"""Our side: a real server on the loopback address, and tokens of every kind that a consumer may meet."""

import hmac
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final

from django.core.management import call_command

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.jose import Key, jwt
from django_jwtkit.jose.wire.encoding import b64u_decode, b64u_encode
from tests.consumers.examples import AUDIENCE

CLAIMS: Final = {"scope": "orders.tag:management orders.read:*/*"}  # as RabbitMQ reads the rights of a user
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass
class Issuer:
    """A project that is served at `url`, its issuer; `folder` is its consumer's."""

    url: str
    alice: Any
    settings: Any
    folder: Path

    def __post_init__(self) -> None:
        self.settings.JWTKIT = self.jwtkit()

    def jwtkit(self, **other: object) -> dict[str, object]:
        return {"ISSUER": self.url, "AUDIENCE": AUDIENCE} | other

    def good(self) -> str:
        return sessions.start(self.alice, claims=CLAIMS).access

    def bad(self) -> Mapping[str, str]:
        """Return tokens by what is wrong with them."""
        return self._changed() | {
            "expired": tokens.issue(self.alice, claims=CLAIMS, now=keys.now() - DAY, lifetime=MINUTE),
            "another audience": self._issued(AUDIENCE="billing"),
            "another issuer": self._issued(ISSUER="https://elsewhere.example"),
            "no issuer": self._issued(ISSUER=None),
            "no audience": self._issued(AUDIENCE=None),
            "another key under our kid": self._sign(Key.generate("ES256", kid=self._key().kid)),
            "an unknown kid": self._sign(Key.generate("ES256")),
            "another type": self._sign(self._key(), typ="download+jwt"),
            "refresh": sessions.start(self.alice).refresh,
        }

    def _changed(self) -> dict[str, str]:
        """Return a good token with something else in it; or with its signature made of what is public."""
        head, claims, signature = self.good().split(".")
        others = b64u_encode(b64u_decode(claims).replace(b'"sub":"', b'"sub":"9'))
        unsigned, symmetric = (_renamed(head, alg) for alg in (b"none", b"HS256"))
        return {
            "tampered claims": f"{head}.{others}.{signature}",
            "tampered signature": f"{head}.{claims}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
            "no signature": f"{head}.{claims}.",
            "alg none": f"{unsigned}.{claims}.",
            "HS256 by the public key": _with_mac(symmetric, claims, self._key().public().to_pem()),
            "HS256 by the name of its file": _with_mac(symmetric, claims, self._file_of_key()),
        }

    def _file_of_key(self) -> bytes:
        """Return where the example of HAProxy has our key: no secret."""
        return f"{self.folder}/jwt/{self._key().kid}.pem".encode()

    def rotate(self) -> None:
        """Let the standby sign from now on."""
        before = self._key()
        call_command("rotate_keys", ring="access", now=True, force=True, json=True, stdout=StringIO())
        assert self._key() != before

    def _key(self) -> Key:
        return keys.signing_key("access", now=keys.now(), lifetime=MINUTE)

    def _issued(self, **other: object) -> str:
        with self._settings(**other):
            return self.good()

    def _sign(self, key: Key, typ: str = "at+jwt") -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": "1", "iat": now, "exp": now + 300, "jti": "x"}
        return jwt.encode(claims | CLAIMS, key, typ=typ)

    @contextmanager
    def _settings(self, **other: object):
        self.settings.JWTKIT = self.jwtkit(**other)
        yield
        self.settings.JWTKIT = self.jwtkit()


def _renamed(head: str, alg: bytes) -> str:
    """Return the header of a token with another algorithm in it."""
    return b64u_encode(b64u_decode(head).replace(b"ES256", alg))


def _with_mac(head: str, claims: str, secret: bytes) -> str:
    """Sign by HMAC. Our own `Key` refuses such secrets."""
    mac = hmac.digest(secret, f"{head}.{claims}".encode(), "sha256")
    return f"{head}.{claims}.{b64u_encode(mac)}"
