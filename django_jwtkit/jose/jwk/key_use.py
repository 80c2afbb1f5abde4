"""What a key may be used for: the JWK members alg, use and key_ops (RFC 7517 §4.2 to §4.4)."""

from collections.abc import Mapping
from typing import Final

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS
from django_jwtkit.jose.jwa.key_types import Members
from django_jwtkit.jose.jwa.signatures import OLDER
from django_jwtkit.wording import escape

# What we do with keys, and the key_ops that allow it. What needs the secret half comes first.
OPERATIONS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "sig": {"sign": frozenset({"sign"}), "verify": frozenset({"verify"})},
    "enc": {
        "decrypt": frozenset({"decrypt", "unwrapKey", "deriveKey", "deriveBits"}),
        "encrypt": frozenset({"encrypt", "wrapKey", "deriveKey", "deriveBits"}),
    },
}
_WITH_CURVE: Final = frozenset({"EC", "OKP"})
DIRECT: Final = "dir"  # what a JWK means whose alg names a content encryption (RFC 7520 §5.6)
SECRET: Final = frozenset({"sign", "decrypt"})

# What the holder of the public half does where the holder of the private one does the other.
_COUNTERPART: Final[Mapping[str, str]] = {"sign": "verify", "decrypt": "encrypt", "unwrapKey": "wrapKey"}


def algorithm(jwk: Members, asked: str | None) -> str:
    """Return the key's one algorithm: its own, the caller's, or the only one for its type and curve."""
    kty, crv, own, use = [text(jwk, name) for name in ("kty", "crv", "alg", "use")]
    crv = crv if kty in _WITH_CURVE else None  # elsewhere a stray member, which says nothing of the key
    if asked is not None and not isinstance(asked, str):
        raise KeyUnusableError(f'alg must be text such as "ES256", got {type(asked).__name__}')
    own = DIRECT if own in ENCRYPTIONS else own
    if None not in {own, asked} and own != asked:
        raise KeyUnusableError(
            f"the JWK is for {escape(own, 40)}, not for {escape(asked, 40)}: a key has one algorithm"
        )
    alg = asked if own is None else own
    alg = _only_choice(str(kty), crv, use) if alg is None else alg
    if alg not in FITS:
        raise KeyUnusableError(f"unknown algorithm {escape(alg, 40)!r}: one of {', '.join(FITS)}")
    if not FITS[alg].admits(str(kty), crv):
        raise KeyUnusableError(f"a key of type {kty}{f', {crv}' if crv else ''} cannot serve {alg}")
    if use not in {None, FITS[alg].use}:
        raise KeyUnusableError(f"the JWK's use is not {FITS[alg].use!r}, which {alg} is for")
    return alg


def operations(jwk: Members, use: str) -> tuple[str, ...] | None:
    """Return key_ops, or None where there are none; raise `KeyUnusableError` unless they fit `use`."""
    if "key_ops" not in jwk:
        return None
    found = jwk["key_ops"]
    if not isinstance(found, list | tuple) or not all(isinstance(operation, str) for operation in found):
        raise KeyUnusableError("the JWK's key_ops are not a list of text")
    known = frozenset().union(*OPERATIONS[use].values())
    if not found or len(set(found)) != len(found) or not known.issuperset(found):
        raise KeyUnusableError(
            f"the JWK's key_ops are empty, repeated, or not for use {use!r}: {', '.join(sorted(known))}"
        )
    return tuple(found)


def public_operations(found: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the key_ops of the public half."""
    return found and tuple(dict.fromkeys(_COUNTERPART.get(operation, operation) for operation in found))


def text(jwk: Members, name: str) -> str | None:
    """Return the member `name`, or None where there is none; raise `KeyUnusableError` unless it is text."""
    found = jwk.get(name)
    if name in jwk and not isinstance(found, str):
        raise KeyUnusableError(f"the JWK's member {name!r} is not text")
    return found if isinstance(found, str) else None


def _only_choice(kty: str, crv: str | None, use: str | None) -> str:
    fits = {alg: fit for alg, fit in FITS.items() if alg != OLDER}  # only where it is named
    choices = [alg for alg, fit in fits.items() if fit.admits(kty, crv) and use in {None, fit.use}]
    if len(choices) != 1:
        raise KeyUnusableError(
            f"the JWK names no algorithm: pass alg=, one of {', '.join(choices) or 'none'}"
        )
    return choices[0]
