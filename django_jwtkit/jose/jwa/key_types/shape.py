"""What a key is made of, and what it must be to serve an algorithm."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from django_jwtkit.errors import KeyUnusableError, MalformedToken
from django_jwtkit.jose.wire.encoding import b64u_decode, b64u_encode

STRIPPED: Final = "its issuer left out leading zero octets (RFC 7518 §6.2.1.2)"

Members: TypeAlias = Mapping[str, object]

# A key object of cryptography, or the octets of a symmetric key. Which of them an algorithm's row is handed
# was settled by its Fit when the key came in; a type checker cannot follow that through a table.
Native: TypeAlias = Any


class Fit(NamedTuple):
    """The shape of a key that serves one algorithm.

    `use` is "sig" or "enc"; `kty` the key type; `curves` the `crv` values allowed; `octets` the lengths, in
    bytes, of a symmetric key. A curve belongs to one key type only, so where `curves` are given they decide
    alone: ECDH-ES spans EC and OKP.
    """

    use: str
    kty: str
    curves: frozenset[str] = frozenset()
    octets: Collection[int] = range(0)

    @property
    def is_symmetric(self) -> bool:
        """Whether signer and verifier, or sender and receiver, share the key: it has no public part."""
        return self.kty == "oct"

    def admits(self, kty: str, crv: str | None) -> bool:
        """Whether a key of this type and curve may serve; lengths are not looked at."""
        return crv in self.curves if self.curves else kty == self.kty


class Material(NamedTuple):
    """A key without its papers. For a symmetric key `public` and `private` are the same octets."""

    kty: str
    crv: str | None
    public: Native
    private: Native = None

    def __repr__(self) -> str:
        return f"Material({self.kty})"  # it may stand on an error page


class KeyType(NamedTuple):
    """A row: how keys of one `kty` come from a JWK, go to a JWK, and are made.

    `load` checks everything that can be wrong with such a key and raises `KeyUnusableError`. `identity` are
    the members of the RFC 7638 thumbprint. `generate` takes the algorithm, the curve and the size.
    """

    kty: str
    identity: tuple[str, ...]
    load: Callable[[Members], Material]
    public_members: Callable[[Material], dict[str, str]]
    private_members: Callable[[Material], dict[str, str]]
    generate: Callable[[str, str, int], Material]


MAX_OCTETS: Final = 8192  # of a member: the longest is the public key of ML-DSA-87, with 2,592


def octets(jwk: Members, name: str, length: int | None = None) -> bytes:
    """Return what the base64url member `name` holds, `length` octets; raise `KeyUnusableError`."""
    text = jwk.get(name)
    if not isinstance(text, str):
        raise KeyUnusableError(f"the JWK has no member {name!r} of base64url text")
    if len(text) > 2 * MAX_OCTETS:
        raise KeyUnusableError(f"the JWK's member {name!r} is longer than any key: {len(text)} characters")
    try:
        found = b64u_decode(text)
    except MalformedToken as error:
        raise KeyUnusableError(f"the JWK's member {name!r} is {error}") from error
    if length is not None and len(found) != length:
        hint = f": {STRIPPED}" if len(found) < length else ""
        raise KeyUnusableError(f"the JWK's member {name!r} has {len(found)} octets, not {length}{hint}")
    return found


def integer(jwk: Members, name: str) -> int:
    """Return the Base64urlUInt `name` (RFC 7518 §2); raise `KeyUnusableError` unless in shortest form."""
    found = octets(jwk, name)
    if not found or (found[0] == 0 and len(found) > 1):
        raise KeyUnusableError(
            f"the JWK's member {name!r} is not an integer in as few octets as it needs: "
            "its issuer wrote a leading zero octet (RFC 7518 §2)"
        )
    return int.from_bytes(found, "big")


def integer_text(number: int, length: int | None = None) -> str:
    """Return `number` as base64url, big-endian, in `length` octets or as few as it needs."""
    return b64u_encode(number.to_bytes(length or max(1, (number.bit_length() + 7) // 8), "big"))
