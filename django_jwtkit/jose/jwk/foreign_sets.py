"""Select the usable keys of another issuer's JWK Set, and skip the others (RFC 7517 §5).

One bad member must not make the others unusable, because its publisher would not notice. Ambiguous members
are skipped too: two keys with one name, or a key without an algorithm where several fit.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from django_jwtkit.errors import KeyUnusableError, MalformedToken
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.jose.jwa.key_types import Members
from django_jwtkit.jose.jwa.key_types.factoring import LONG_EXPONENTS
from django_jwtkit.jose.jwa.key_types.rsa import modulus_of, shared_factors
from django_jwtkit.jose.wire.encoding import b64u_decode
from django_jwtkit.jose.wire.header import MAX_KID, is_foreign_kid
from django_jwtkit.wording import escape

from . import key_use
from .key import Key

MAX_KEYS: Final = 100
MAX_BITS: Final = 8192
MAX_WORK: Final = 100 * 2048**3  # to check RSA keys, about a second: 100 keys of 2048 bits, 29 of 3072
DEFAULT_ALGORITHMS: Final = frozenset({"RS256", "ES256"})

LEAKED: Final = "another member of the set is its private key, which everybody can read"
PRIVATE: Final = "it is a private key, which everybody can read: its owner should replace it"
SYMMETRIC: Final = "it is a symmetric key, which everybody can read"

_SECRET: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "priv", "k"})
_MATERIAL: Final = ("n", "x", "y", "pub")  # the members that identify a public key
_OPERATION: Final = {"sig": "verify", "enc": "encrypt"}


class Skipped(NamedTuple):
    """A member that is not used. `reason` names it by its place and kid."""

    kid: str | None
    reason: str


class Selection(NamedTuple):
    """The pairs (kid, alg) of `keys` are all different, except those without a kid."""

    keys: tuple[Key, ...]
    skipped: tuple[Skipped, ...]


class _Member(NamedTuple):
    """A member that can be used, if the others do not conflict with it."""

    place: str
    key: Key


def select(members: Collection[object], algorithms: Collection[str], use: str) -> Selection:
    """Return the keys among `members` for one of `algorithms`, and the reasons for skipping the others.

    Raises `TypeError` or `ValueError` for a wrong call.
    """
    allowed = _allowed(algorithms, use)
    usable, skipped, work = list[_Member](), list[Skipped](), 0
    leaked = {_material(member) for member in members if isinstance(member, Mapping) and _is_private(member)}
    for index, member in enumerate(list(members)[:MAX_KEYS]):
        kid = _kid_of(member)
        try:
            jwk = _check_member(member, kid, allowed, use)
            if _material(jwk) in leaked:
                raise KeyUnusableError(LEAKED)
            work += (own_work := _work(jwk))
            if own_work and work > MAX_WORK:
                raise KeyUnusableError("the set has more RSA keys than can be checked in reasonable time")
            key = _read(jwk, kid)
        except KeyUnusableError as error:
            skipped.append(_skipped(place_of(index, kid), kid, error))
        else:
            usable.append(_Member(place_of(index, kid), key))
    if len(members) > MAX_KEYS:
        skipped.append(Skipped(None, f"only the first {MAX_KEYS} of {len(members)} members are used"))
    conflicts = {**_find_namesakes(usable), **_find_shared_primes(usable)}
    skipped += [_skipped(place, key.kid, conflicts[place]) for place, key in usable if place in conflicts]
    return Selection(_unique(member for member in usable if member.place not in conflicts), tuple(skipped))


def place_of(index: int, kid: object) -> str:
    """Return how messages name the member number `index`, counted from 0."""
    return f"member {index}" + (
        f" (kid {escape(kid, 60)!r})" if isinstance(kid, str) and kid else " (no kid)"
    )


def _skipped(place: str, kid: str | None, reason: object) -> Skipped:
    return Skipped(kid, escape(f"{place}: {reason}", 300))


def _kid_of(member: object) -> str | None:
    kid = member.get("kid") if isinstance(member, Mapping) else None
    return kid if is_foreign_kid(kid) else None


def _check_member(member: object, kid: str | None, allowed: Collection[str], use: str) -> Members:
    """Return the member with its alg. Raises `KeyUnusableError` if it does not fit, before any arithmetic."""
    if not isinstance(member, Mapping):
        raise KeyUnusableError("it is not a JSON object")
    jwk = {name: value for name, value in member.items() if value is not None}
    _refuse_secrets(jwk)
    if jwk.get("kid", "") != "" and kid is None:
        raise KeyUnusableError(f"its kid is not printable text of at most {MAX_KID} characters")
    own_use = key_use.text(jwk, "use")
    if own_use not in {None, use}:
        raise KeyUnusableError(f"its use is {escape(own_use, 40)!r}, not {use!r}")
    return {**jwk, "alg": _algorithm(jwk, allowed)}


def _work(jwk: Members) -> int:
    """Return the cost of checking `jwk`, by the length of its modulus: 2048³ is 10 ms."""
    n = jwk.get("n")
    bits = min(6 * len(n), MAX_BITS) if isinstance(n, str) else 0
    return bits**3 if bits <= LONG_EXPONENTS + 8 else bits**3 // 64  # without the test for primes


def _read(jwk: Members, kid: str | None) -> Key:
    """Return the key in `jwk`. Raises `KeyUnusableError` for a key that must not be used."""
    key = Key.from_dict({name: jwk[name] for name in jwk if name not in {"kid", "use"}}, kid=kid)
    key.require(_OPERATION[key.use])
    return key


def _refuse_secrets(jwk: Members) -> None:
    if jwk.get("kty") == "oct":
        raise KeyUnusableError(SYMMETRIC)
    if _is_private(jwk):
        raise KeyUnusableError(PRIVATE)


def _is_private(jwk: Members) -> bool:
    return any(jwk.get(name) is not None for name in _SECRET)


def _material(jwk: Members) -> tuple[str, ...]:
    """Return the identity of the key in `jwk`, whatever its kid, alg, use or encoding is."""
    return tuple(f"{name} {_bare(jwk[name])}" for name in _MATERIAL if jwk.get(name) is not None)


def _bare(value: object) -> object:
    """Return the octets of base64url as hex, without padding or leading zeros."""
    try:
        return b64u_decode(str(value).rstrip("=")).lstrip(b"\0").hex()
    except MalformedToken:
        return value


def _algorithm(jwk: Members, allowed: Collection[str]) -> str:
    """Return the member's own algorithm, or the only one of `allowed` that fits its type and curve."""
    own, kty, crv = (key_use.text(jwk, name) for name in ("alg", "kty", "crv"))
    names = ", ".join(sorted(allowed))
    if own is not None:
        if own not in allowed:
            raise KeyUnusableError(f"its alg is {escape(own, 40)!r}, which is not among {names}")
        return own
    fits = sorted(alg for alg in allowed if FITS[alg].is_met_by(str(kty), crv))
    if not fits:
        what = escape("/".join(filter(None, (kty, crv))) or "none", 60)
        raise KeyUnusableError(f"it has no alg, and none of {names} fits its type, {what}")
    if len(fits) > 1:
        raise KeyUnusableError(f"it has no alg, and several fit: allow only one of {', '.join(fits)}")
    return fits[0]


def _find_namesakes(members: list[_Member]) -> dict[str, str]:
    """Return the members with the same kid and alg but different keys."""
    by_name: dict[tuple[str | None, str], list[_Member]] = {}
    for member in members:
        if member.key.kid is not None:
            by_name.setdefault((member.key.kid, member.key.alg), []).append(member)
    groups = [group for group in by_name.values() if len({member.key.thumbprint() for member in group}) > 1]
    return {
        member.place: "several different keys have its kid and alg" for group in groups for member in group
    }


def _find_shared_primes(members: list[_Member]) -> dict[str, str]:
    """Return the members whose modulus has a prime in common with that of another: both can be factored."""
    moduli = {
        member.place: modulus_of(member.key.native_public) for member in members if member.key.kty == "RSA"
    }
    broken = shared_factors(set(moduli.values()))
    reason = "it shares a prime with another key of the set, so that anybody can factor both"
    return {place: reason for place, modulus in moduli.items() if modulus in broken}


def _unique(members: Iterable[_Member]) -> tuple[Key, ...]:
    """Return the keys without duplicates."""
    keys = [member.key for member in members]
    by_identity = {(key.kid, key.alg, key.thumbprint()): key for key in reversed(keys)}
    return tuple(reversed(by_identity.values()))


def _allowed(algorithms: Collection[str], use: str) -> frozenset[str]:
    """Return `algorithms` as a set. Raises `TypeError` or `ValueError` unless all have public keys."""
    if not isinstance(use, str):
        raise TypeError(f'use must be a str such as "sig", got {type(use).__name__}')
    if isinstance(algorithms, str | bytes) or not isinstance(algorithms, Collection):
        raise TypeError(
            f'algorithms must be a collection of names such as {{"ES256"}}, got {algorithms!r:.60}'
        )
    if not all(isinstance(alg, str) for alg in algorithms):
        raise TypeError('algorithms must be names such as "ES256", got another type in it')
    kind = "enc" if use == "enc" else "sig"
    names = [alg for alg, fit in FITS.items() if fit.use == kind and fit.kty != "oct"]
    if not algorithms or not set(names).issuperset(algorithms):
        unknown = ", ".join(escape(alg, 40) for alg in sorted(set(algorithms) - set(names))) or "none"
        raise ValueError(
            f"algorithms must be among {', '.join(names)} for a set of use {use!r}, got {unknown}"
        )
    return frozenset(algorithms)
