"""Verify tokens of many issuers with `jose` alone: of one issuer, and of a thousand in turns.

With HS256, the fastest, where growth shows the most; each issuer has its own key. There are two ways: the
issuer is known before (by host or path) and has its `KeySet`, or the header's `kid` names the key and so
the issuer.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle

from bench.rounds import Comparison, Contender
from django_jwtkit.errors import UnknownKey
from django_jwtkit.jose import Key, KeySet, jwt, unverified_header
from django_jwtkit.jose.wire.header import KnownHeaders

from . import MANY_ISSUERS

AUDIENCE, TYP, ALGORITHMS = "api", "at+jwt", {"HS256"}


class Directory:
    """The keys of all issuers by their kid: a `KeySource` of the project's own."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.known_headers: KnownHeaders = {}
        self._keys = {key.kid: key for key in keys}

    def find(self, header: Mapping[str, object]) -> Key:
        try:
            return self._keys[header.get("kid")]
        except (KeyError, TypeError) as error:
            raise UnknownKey("nobody's key has this kid") from error


def comparisons() -> list[Comparison]:
    """Compare both ways."""
    issuers = {
        f"https://issuer-{number}.example.com": Key.generate("HS256") for number in range(MANY_ISSUERS)
    }
    few = dict(list(issuers.items())[:1])
    return [
        Comparison("decode by the KeySet of a known issuer", [_by_key_set(each) for each in (few, issuers)]),
        Comparison("decode by a KeySource of all issuers", [_by_directory(each) for each in (few, issuers)]),
    ]


def _by_key_set(issuers: Mapping[str, Key]) -> Contender:
    sets, texts = {issuer: KeySet([key]) for issuer, key in issuers.items()}, _texts(issuers)

    def decode() -> object:
        issuer, text = next(texts)
        return jwt.decode(
            text, sets[issuer], algorithms=ALGORITHMS, issuer=issuer, audience=AUDIENCE, typ=TYP
        )

    return Contender(_name(issuers), decode)


def _by_directory(issuers: Mapping[str, Key]) -> Contender:
    directory, texts = Directory(list(issuers.values())), _texts(issuers)
    owners = {key.kid: issuer for issuer, key in issuers.items()}

    def decode() -> object:
        _, text = next(texts)
        issuer = owners[unverified_header(text)["kid"]]
        return jwt.decode(text, directory, algorithms=ALGORITHMS, issuer=issuer, audience=AUDIENCE, typ=TYP)

    return Contender(_name(issuers), decode)


def _texts(issuers: Mapping[str, Key]) -> Iterator[tuple[str, str]]:
    now = int(time.time())
    claims = {"aud": AUDIENCE, "sub": "12345", "iat": now, "exp": now + 36000}
    return cycle([(name, jwt.encode({**claims, "iss": name}, key, typ=TYP)) for name, key in issuers.items()])


def _name(issuers: Mapping[str, Key]) -> str:
    return "1 issuer" if len(issuers) == 1 else f"{len(issuers):,} issuers"
