"""Which key fits this header? A `KeySource` answers; a `KeySet` (RFC 7517 §5) is the plain one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

from django_jwtkit.errors import KeyUnusableError, UnknownKey

from .header import KnownHeaders
from .jwa.key_types.rsa import refuse_shared_primes
from .jwk import Key, is_understood

MAX_KEYS: Final = 100
_TEXT: Final = (str, bytes, bytearray)


class KeySource(Protocol):
    """Finds keys; nothing in `header` has been proven yet.

    One that also has `known_headers`, a dict that begins empty, has each header read only once for it.
    """

    def find(self, header: Mapping[str, object]) -> Key:
        """Return the one key that the header names; raise `UnknownKey`."""


class KeySet:
    """Keys by their kid. Byte for byte the same kid or none at all: no other key is ever tried.

    A set of a single key is that key: then a header without a kid will do.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        """Raise `KeyUnusableError` for two keys of one kid, too many, or RSA keys that share a prime."""
        self._keys = tuple(keys)
        if not all(isinstance(key, Key) for key in self._keys):
            raise TypeError("a KeySet is made of Key values")
        if len(self._keys) > MAX_KEYS:
            raise KeyUnusableError(f"a set of more than {MAX_KEYS} keys: retire some")
        self._by_kid = {key.kid: key for key in self._keys if key.kid is not None}
        if len(self._by_kid) != sum(key.kid is not None for key in self._keys):
            raise KeyUnusableError("two keys of the set have one kid: give each its own")
        self.known_headers: KnownHeaders = {}
        refuse_shared_primes(key.native_public for key in self._keys if key.kty == "RSA")

    @classmethod
    def from_dict(cls, jwks: Mapping[str, object], *, alg: str | None = None) -> "KeySet":
        """Return the keys of a JWK Set; `alg` is for members that name none.

        Members of a kty, crv or alg that we do not know are passed over (RFC 7517 §5). Raises
        `KeyUnusableError` for the whole set where one of the others is bad, or where a secret lies next to
        keys that are published: such a set is a leak, or the beginning of an algorithm confusion.
        """
        keys = cls(Key.from_dict(member, alg=alg) for member in _members(jwks) if is_understood(member))
        if len({key.kty == "oct" for key in keys}) > 1:
            raise KeyUnusableError("the JWK Set mixes symmetric keys and key pairs: split it in two")
        return keys

    def to_dict(self, *, private: bool = False) -> dict[str, list[dict[str, object]]]:
        """Return the JWK Set; unless `private`, the public members of key pairs, no symmetric key."""
        if private:
            return {"keys": [key.to_dict(private=key.private) for key in self]}
        return {"keys": [key.to_dict() for key in self if key.kty != "oct"]}

    def find(self, header: Mapping[str, object]) -> Key:
        """Return the key of the header's kid; raise `UnknownKey`."""
        if len(self._keys) == 1:
            return self._keys[0].find(header)
        kid = header.get("kid")
        found = self._by_kid.get(kid) if isinstance(kid, str) else None
        if found is None:
            raise UnknownKey("no key of the set has the header's kid")
        return found

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<KeySet of {len(self)}>"

    def __getstate__(self) -> dict[str, object]:
        """Public keys travel; what has been learnt of them, with checks of cryptography's in it, does not."""
        return {**self.__dict__, "known_headers": {}}


def source(keys: object) -> KnownHeaders:
    """Return the headers that are known to `keys`; raise `TypeError` for what finds no keys.

    Asked before any token is looked at. A source that remembers no headers knows none.
    """
    found: KnownHeaders | None = getattr(keys, "known_headers", None)
    if type(found) is dict:
        return found
    if not callable(getattr(keys, "find", None)) or isinstance(keys, _TEXT):
        raise TypeError("keys is a Key, a KeySet or another KeySource; text and None are none of these")
    return {}


def _members(jwks: Mapping[str, object]) -> list[Mapping[str, object]]:
    found = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(member, Mapping) for member in found):
        raise KeyUnusableError("a JWK Set is an object with a list of JWKs, `keys`")
    if len(found) > MAX_KEYS:
        raise KeyUnusableError(f"a set of more than {MAX_KEYS} keys: retire some")
    return found
