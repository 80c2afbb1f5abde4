"""The uses of a key: the JWK members alg, use and key_ops (RFC 7517 §4.2 to §4.4), and what alg requires."""

from collections.abc import Mapping
from typing import Final

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS
from django_jwtkit.jose.jwa.key_types import Material, Members
from django_jwtkit.jose.jwa.signatures import OLDER
from django_jwtkit.wording import escape

# Our operations and the key_ops that allow each. Those that need the private key come first.
OPERATIONS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "sig": {"sign": frozenset({"sign"}), "verify": frozenset({"verify"})},
    "enc": {
        "decrypt": frozenset({"decrypt", "unwrapKey", "deriveKey", "deriveBits"}),
        "encrypt": frozenset({"encrypt", "wrapKey", "deriveKey", "deriveBits"}),
    },
}
_WITH_CURVE: Final = frozenset({"EC", "OKP"})
DIRECT: Final = "dir"  # the meaning of a content encryption as the alg of a JWK (RFC 7520 §5.6)
SECRET: Final = frozenset({"sign", "decrypt"})

# The operation of the public key for each of the private one.
_COUNTERPART: Final[Mapping[str, str]] = {"sign": "verify", "decrypt": "encrypt", "unwrapKey": "wrapKey"}


def algorithm(jwk: Members, requested: str | None) -> str:
    """Return the algorithm of a key: its own, the caller's, or the only one for its type and curve."""
    kty, crv, own, use = [text(jwk, name) for name in ("kty", "crv", "alg", "use")]
    crv = crv if kty in _WITH_CURVE else None  # in other types a meaningless member
    if requested is not None and not isinstance(requested, str):
        raise KeyUnusableError(f'alg must be a str such as "ES256", got {type(requested).__name__}')
    own = DIRECT if own in ENCRYPTIONS else own
    if None not in {own, requested} and own != requested:
        raise KeyUnusableError(f"alg must be that of the JWK, {escape(own, 40)}, got {escape(requested, 40)}")
    alg = requested if own is None else own
    alg = _only_choice(str(kty), crv, use) if alg is None else alg
    if alg not in FITS:
        raise KeyUnusableError(f"alg must be one of {', '.join(FITS)}, got {escape(alg, 40)!r}")
    if not FITS[alg].is_met_by(str(kty), crv):
        raise KeyUnusableError(f"a key of type {kty}{f', {crv}' if crv else ''} does not fit {alg}")
    if use not in {None, FITS[alg].use}:
        raise KeyUnusableError(f"the JWK's use must be {FITS[alg].use!r} for {alg}")
    return alg


def operations(jwk: Members, use: str) -> tuple[str, ...] | None:
    """Return key_ops, or None if there are none. Raises `KeyUnusableError` unless they fit `use`."""
    if "key_ops" not in jwk:
        return None
    key_ops = jwk["key_ops"]
    if not isinstance(key_ops, list | tuple) or not all(isinstance(operation, str) for operation in key_ops):
        raise KeyUnusableError("the JWK's key_ops must be a list of str")
    allowed = frozenset().union(*OPERATIONS[use].values())
    if not key_ops or len(set(key_ops)) != len(key_ops) or not allowed.issuperset(key_ops):
        raise KeyUnusableError(
            f"the JWK's key_ops must be different ones of {', '.join(sorted(allowed))} for use {use!r}"
        )
    return tuple(key_ops)


def public_operations(key_ops: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the key_ops of the public key for those of a private one."""
    return key_ops and tuple(dict.fromkeys(_COUNTERPART.get(operation, operation) for operation in key_ops))


def text(jwk: Members, name: str) -> str | None:
    """Return the member `name`, or None if it is absent. Raises `KeyUnusableError` for another type."""
    value = jwk.get(name)
    if name in jwk and not isinstance(value, str):
        raise KeyUnusableError(f"the JWK's member {name!r} must be a str")
    return value if isinstance(value, str) else None


def _only_choice(kty: str, crv: str | None, use: str | None) -> str:
    fits = {alg: fit for alg, fit in FITS.items() if alg != OLDER}  # only if it is named
    choices = [alg for alg, fit in fits.items() if fit.is_met_by(kty, crv) and use in {None, fit.use}]
    if len(choices) != 1:
        raise KeyUnusableError(f"the JWK has no alg: pass alg=, one of {', '.join(choices) or 'none'}")
    return choices[0]


def check_length(alg: str, material: Material) -> None:
    """Raise `KeyUnusableError` if the secret has not one of the lengths for `alg`."""
    if material.kty == "oct" and len(material.private) not in FITS[alg].octets:
        raise KeyUnusableError(length_message(alg))


def check_content_encryption(jwk: Mapping[str, object], material: Material) -> None:
    """Raise `KeyUnusableError` if the JWK's alg is a content encryption with another key size."""
    encryption = ENCRYPTIONS.get(str(jwk.get("alg")))
    if encryption is not None and len(material.private) != encryption.key_size:
        raise KeyUnusableError(f"a key for {encryption.name} must have {encryption.key_size} octets")


def length_message(alg: str) -> str:
    """Return which lengths a secret for `alg` may have."""
    octets = sorted(FITS[alg].octets)
    lengths = " or ".join(map(str, octets)) if len(octets) < 10 else f"{octets[0]} to {octets[-1]}"
    return f"a secret for {alg} must have {lengths} octets: make one with Key.generate({alg!r})"
