"""The material of a key, and the requirements of an algorithm."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from django_jwtkit.errors import KeyUnusableError, MalformedToken
from django_jwtkit.jose.wire.encoding import b64u_decode, b64u_encode

STRIPPED: Final = "its issuer omitted leading zero octets (RFC 7518 §6.2.1.2)"

Members: TypeAlias = Mapping[str, object]

# A key object of cryptography, or the octets of a symmetric key. The Fit of an algorithm determines which one
# its row gets; a type checker cannot follow that through a table.
Native: TypeAlias = Any


class Fit(NamedTuple):
    """The keys that fit an algorithm.

    `use` is "sig" or "enc", `kty` the key type, `curves` the allowed `crv` values, and `octets` the allowed
    lengths of a symmetric key. A curve belongs to one key type only, so `kty` is ignored if there are
    `curves`: those of ECDH-ES are EC and OKP.
    """

    use: str
    kty: str
    curves: frozenset[str] = frozenset()
    octets: Collection[int] = range(0)

    @property
    def is_symmetric(self) -> bool:
        """Whether signer and verifier, or sender and receiver, share the key: it has no public part."""
        return self.kty == "oct"

    def is_met_by(self, kty: str, crv: str | None) -> bool:
        """Return whether keys of this type and curve fit. Lengths are not compared."""
        return crv in self.curves if self.curves else kty == self.kty


class Material(NamedTuple):
    """The cryptographic part of a key. For a symmetric key `public` and `private` are the same octets."""

    kty: str
    crv: str | None
    public: Native
    private: Native = None

    def __repr__(self) -> str:
        return f"Material({self.kty})"  # it may appear on an error page


class KeyType(NamedTuple):
    """A row: how to read, write and generate keys of one `kty`.

    `load` checks everything about such a key and raises `KeyUnusableError`. `identity` are the members of the
    RFC 7638 thumbprint. `generate` takes the algorithm, the curve and the size. `reopen` is for a key that
    `load` has accepted before, where that saves a slow test.
    """

    kty: str
    identity: tuple[str, ...]
    load: Callable[[Members], Material]
    public_members: Callable[[Material], dict[str, str]]
    private_members: Callable[[Material], dict[str, str]]
    generate: Callable[[str, str, int], Material]
    reopen: Callable[[Members], Material] | None = None


MAX_OCTETS: Final = 8192  # of a member: the longest is the public key of ML-DSA-87, with 2,592


def octets(jwk: Members, name: str, length: int | None = None) -> bytes:
    """Return the octets of the base64url member `name`, `length` of them. Raises `KeyUnusableError`."""
    text = jwk.get(name)
    if not isinstance(text, str):
        raise KeyUnusableError(f"the JWK must have a member {name!r} of base64url text")
    if len(text) > 2 * MAX_OCTETS:
        raise KeyUnusableError(f"the JWK's member {name!r} is longer than any key, {len(text)} characters")
    try:
        value = b64u_decode(text)
    except MalformedToken as error:
        raise KeyUnusableError(f"the JWK's member {name!r} is {error}") from error
    if length is not None and len(value) != length:
        hint = f": {STRIPPED}" if len(value) < length else ""
        raise KeyUnusableError(f"the JWK's member {name!r} must have {length} octets, got {len(value)}{hint}")
    return value


def integer(jwk: Members, name: str) -> int:
    """Return the Base64urlUInt `name` (RFC 7518 §2). Raises `KeyUnusableError` unless in shortest form."""
    value = octets(jwk, name)
    if not value or (value[0] == 0 and len(value) > 1):
        raise KeyUnusableError(
            f"the JWK's member {name!r} must be an integer in as few octets as possible: "
            "its issuer wrote a leading zero octet (RFC 7518 §2)"
        )
    return int.from_bytes(value, "big")


def integer_text(number: int, length: int | None = None) -> str:
    """Return `number` as base64url, big-endian, in `length` octets or as few as possible."""
    return b64u_encode(number.to_bytes(length or max(1, (number.bit_length() + 7) // 8), "big"))
