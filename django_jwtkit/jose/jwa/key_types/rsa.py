"""RSA keys (RFC 7518 §6.3), and checks for moduli that can be factored."""

import math
from collections.abc import Collection
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from django_jwtkit.errors import KeyUnusableError

from .factoring import SMALL_FACTOR, has_small_factor, is_close, is_prime_power, is_roca, split
from .shape import KeyType, Material, Members, integer, integer_text, octets

BITS: Final = range(2048, 8192 + 1)  # less can be factored; with more a verification is too slow
GENERATED_BITS: Final = 3072  # as strong as P-256 (NIST SP 800-57 part 1)
MAX_BITS_TO_SPLIT: Final = 4096  # of a private key without its primes, which then are computed

_PRIVATE: Final = ("p", "q", "dp", "dq", "qi")


def load(jwk: Members) -> Material:
    """Return the key in `jwk`, with its private part recomputed. Raises `KeyUnusableError` for a bad key."""
    return _read(jwk, are_primes=False)


def reopen(jwk: Members) -> Material:
    """Return the key in `jwk`, which `load` has accepted before. Raises `KeyUnusableError` for a damaged one.

    Its primes are not tested again: that takes 5 ms for a public key of 3072 bits, 80 ms for a private one.
    """
    return _read(jwk, are_primes=True)


def _read(jwk: Members, *, are_primes: bool) -> Material:
    _check_sizes(jwk)
    public = rsa.RSAPublicNumbers(integer(jwk, "e"), integer(jwk, "n"))
    _check_exponent(public.e)
    _check_modulus(public.n)
    native = public.public_key()
    if "oth" in jwk:
        raise KeyUnusableError("an RSA key must have two primes, without oth: make a new one")
    if "d" in jwk:
        return Material("RSA", None, native, _read_private(jwk, public, are_primes=are_primes))
    if not jwk.keys().isdisjoint(_PRIVATE):
        raise KeyUnusableError("a private RSA key must have d")
    if not are_primes and is_prime_power(public.n):
        raise KeyUnusableError("the RSA modulus must be a product of two primes: make a new key")
    return Material("RSA", None, native)


def generate(alg: str, crv: str, size: int) -> Material:
    """Return a new key of `size` bits."""
    if size not in BITS:
        raise KeyUnusableError(f"size must be {BITS.start} to {BITS.stop - 1} bits for RSA, got {size}")
    private = rsa.generate_private_key(65537, size)
    return Material("RSA", None, private.public_key(), private)


def public_members(material: Material) -> dict[str, str]:
    """Return n and e (§6.3.1)."""
    numbers = material.public.public_numbers()
    return {"n": integer_text(numbers.n), "e": integer_text(numbers.e)}


def private_members(material: Material) -> dict[str, str]:
    """Return d and the five members that make it faster (§6.3.2)."""
    numbers = material.private.private_numbers()
    parts = {"d": numbers.d, "p": numbers.p, "q": numbers.q}
    parts |= {"dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    return {name: integer_text(number) for name, number in parts.items()}


def modulus_of(public: rsa.RSAPublicKey) -> int:
    """Return n."""
    return public.public_numbers().n


def shared_factors(moduli: Collection[int]) -> set[int]:
    """Return the `moduli` that have a prime in common with another one. Both can be factored."""
    product, later = 1, list[int]()
    for modulus in moduli:
        if math.gcd(modulus, product % modulus) != 1:
            later.append(modulus)
        product *= modulus
    return set(later).union(n for n in moduli for other in later if n != other and math.gcd(n, other) != 1)


def _check_sizes(jwk: Members) -> None:
    """Raise `KeyUnusableError` for numbers that are too long, before any arithmetic."""
    for name in {"n", "e", "d", *_PRIVATE} & jwk.keys():
        bits = 8 * len(octets(jwk, name))
        if bits > _round_up(BITS.stop - 1):
            raise KeyUnusableError(_size_message(bits, name))


def _round_up(bits: int) -> int:
    return -(-bits // 8) * 8


def _size_message(bits: int, name: str) -> str:
    size = f"got {bits}" if name == "n" else f"got {bits} in the member {name!r}"
    return f"an RSA key must have {BITS.start} to {BITS.stop - 1} bits, {size}: make a new one"


def _check_exponent(e: int) -> None:
    if e % 2 == 0 or not 65537 <= e < 2**256:
        raise KeyUnusableError("an RSA key's e must be odd, at least 65537 and below 2^256: make a new key")


def _check_modulus(n: int) -> None:
    if n.bit_length() not in BITS:
        raise KeyUnusableError(_size_message(n.bit_length(), "n"))
    if has_small_factor(n) or is_close(n):
        raise KeyUnusableError("the RSA modulus is easy to factor: make a new key")
    if is_roca(n):
        raise KeyUnusableError(
            "the RSA key comes from a broken generator (ROCA, CVE-2017-15361): make a new one"
        )


def _read_private(jwk: Members, public: rsa.RSAPublicNumbers, *, are_primes: bool) -> rsa.RSAPrivateKey:
    d = integer(jwk, "d")
    p, q = _primes(jwk, public, d)
    parts = {"p": p, "q": q, "dp": d % (p - 1), "dq": d % (q - 1), "qi": _inverse(q, p)}
    agrees = p * q == public.n and public.e * d % math.lcm(p - 1, q - 1) == 1 and d < public.n
    if not agrees or [name for name, part in parts.items() if name in jwk and integer(jwk, name) != part]:
        raise KeyUnusableError("the parts of the RSA key do not belong together: export it again")
    half = public.n.bit_length() // 2
    if abs(p - q).bit_length() <= half - 100 or d.bit_length() <= half:  # FIPS 186-5 §A.1.1
        raise KeyUnusableError("the RSA key's primes are too close or its d too short: make a new key")
    numbers = rsa.RSAPrivateNumbers(p, q, d, parts["dp"], parts["dq"], parts["qi"], public)
    try:
        return numbers.private_key(unsafe_skip_rsa_key_validation=are_primes)  # else it tests p and q
    except ValueError as error:
        raise KeyUnusableError("not an RSA key: export it again") from error


def _primes(jwk: Members, public: rsa.RSAPublicNumbers, d: int) -> tuple[int, int]:
    """Return p and q. Either all five private members are present, or only d (§6.3.2)."""
    present = [name for name in _PRIVATE if name in jwk]
    if present and len(present) < len(_PRIVATE):
        raise KeyUnusableError(
            f"the RSA key has {', '.join(present)} but not all of {', '.join(_PRIVATE)} (RFC 7518 §6.3.2): "
            "leave all five out, or import it with manage.py import_key"
        )
    p, q = (integer(jwk, "p"), integer(jwk, "q")) if present else _recover(public, d)
    if min(p, q) < SMALL_FACTOR:
        raise KeyUnusableError("the RSA key's p and q must be primes")
    return p, q


def _recover(public: rsa.RSAPublicNumbers, d: int) -> tuple[int, int]:
    if not 1 < d < public.n:
        raise KeyUnusableError("the RSA key's d is out of range")
    primes = split(public.n, public.e, d) if public.n.bit_length() <= MAX_BITS_TO_SPLIT else None
    if primes is None:
        raise KeyUnusableError("the RSA key's d does not belong to its n, or its primes are missing")
    return primes


def _inverse(q: int, p: int) -> int:
    return pow(q, -1, p) if math.gcd(p, q) == 1 else 0


RSA: Final = KeyType(
    kty="RSA",
    identity=("e", "kty", "n"),
    load=load,
    public_members=public_members,
    private_members=private_members,
    generate=generate,
    reopen=reopen,
)
