"""RSA keys (RFC 7518 §6.3), and the moduli that somebody can factor."""

import math
from collections.abc import Iterable
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from django_jwtkit.errors import KeyUnusableError

from .shape import KeyType, Material, Members, integer, integer_text

BITS: Final = range(2048, 8192 + 1)  # below: can be factored; above: one verification keeps a core busy
GENERATED_BITS: Final = 3072  # as strong as P-256 (NIST SP 800-57 part 1)
SMALL_FACTOR: Final = 2**16
FERMAT_ROUNDS: Final = 100

_PRIVATE: Final = ("p", "q", "dp", "dq", "qi")
_ROCA_PRIMES: Final = (
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
)  # fmt: skip


def load(jwk: Members) -> Material:
    """Return the key in `jwk`, its private part recomputed; raise `KeyUnusableError` if weak or false."""
    public = rsa.RSAPublicNumbers(integer(jwk, "e"), integer(jwk, "n"))
    _check_exponent(public.e)
    _check_modulus(public.n)
    native = public.public_key()
    if "oth" in jwk:
        raise KeyUnusableError("an RSA key of more than two primes (oth): make a new one")
    if "d" in jwk:
        return Material("RSA", None, native, _load_private(jwk, public))
    if not jwk.keys().isdisjoint(_PRIVATE):
        raise KeyUnusableError("a private RSA key without d")
    if _is_prime_power(public.n):
        raise KeyUnusableError("the RSA modulus is no product of two primes: make a new key")
    return Material("RSA", None, native)


def generate(alg: str, crv: str, size: int) -> Material:
    """Return a new key of `size` bits."""
    if size not in BITS:
        raise KeyUnusableError(f"an RSA key has {BITS.start} to {BITS.stop - 1} bits, not {size}")
    private = rsa.generate_private_key(65537, size)
    return Material("RSA", None, private.public_key(), private)


def public_members(material: Material) -> dict[str, str]:
    """Return n and e (§6.3.1)."""
    numbers = material.public.public_numbers()
    return {"n": integer_text(numbers.n), "e": integer_text(numbers.e)}


def private_members(material: Material) -> dict[str, str]:
    """Return d and the five by which it is faster (§6.3.2)."""
    numbers = material.private.private_numbers()
    parts = {"d": numbers.d, "p": numbers.p, "q": numbers.q}
    parts |= {"dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    return {name: integer_text(number) for name, number in parts.items()}


def refuse_shared_primes(publics: Iterable[rsa.RSAPublicKey]) -> None:
    """Raise `KeyUnusableError` where two moduli have a prime in common: then anybody can factor both."""
    seen = 1
    for modulus in {public.public_numbers().n for public in publics}:
        if math.gcd(modulus, seen % modulus) != 1:
            raise KeyUnusableError("two RSA keys share a prime: both are broken, make new ones")
        seen *= modulus


def _check_exponent(e: int) -> None:
    if e % 2 == 0 or not 65537 <= e < 2**256:
        raise KeyUnusableError("an RSA key's e is odd, at least 65537 and below 2^256: make a new key")


def _check_modulus(n: int) -> None:
    if n.bit_length() not in BITS:
        raise KeyUnusableError(
            f"an RSA key has {BITS.start} to {BITS.stop - 1} bits, not {n.bit_length()}: make a new one"
        )
    if math.gcd(n, _small_primes() % n) != 1 or _is_close(n):
        raise KeyUnusableError("the RSA modulus is easy to factor: make a new key")
    if all(n % prime in _roca_residues(prime) for prime in _ROCA_PRIMES):
        raise KeyUnusableError(
            "the RSA key comes from a broken generator (ROCA, CVE-2017-15361): make a new one"
        )


def _load_private(jwk: Members, public: rsa.RSAPublicNumbers) -> rsa.RSAPrivateKey:
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
        return numbers.private_key()  # proves p and q prime
    except ValueError as error:
        raise KeyUnusableError("not an RSA key: export it again") from error


def _primes(jwk: Members, public: rsa.RSAPublicNumbers, d: int) -> tuple[int, int]:
    """Return p and q, both above 1. All five of the private members are there, or only d (§6.3.2)."""
    present = [name for name in _PRIVATE if name in jwk]
    if present and len(present) < len(_PRIVATE):
        raise KeyUnusableError(f"the RSA key has {', '.join(present)} but not all of {', '.join(_PRIVATE)}")
    p, q = (integer(jwk, "p"), integer(jwk, "q")) if present else _recovered(public, d)
    if min(p, q) < SMALL_FACTOR:
        raise KeyUnusableError("the RSA key's primes are none")
    return p, q


def _recovered(public: rsa.RSAPublicNumbers, d: int) -> tuple[int, int]:
    if not 1 < d < public.n:
        raise KeyUnusableError("the RSA key's d is out of range")
    try:
        return rsa.rsa_recover_prime_factors(public.n, public.e, d)
    except ValueError as error:
        raise KeyUnusableError("the RSA key's d does not belong to its n") from error


def _inverse(q: int, p: int) -> int:
    return pow(q, -1, p) if math.gcd(p, q) == 1 else 0


def _is_prime_power(n: int) -> bool:
    """Whether n is a power of one prime, or a prime: then p divides 2^n - 2 (Fermat's little theorem)."""
    return math.gcd(pow(2, n, n) - 2, n) != 1


def _is_close(n: int) -> bool:
    """Whether Fermat's method finds the factors at once: n = a² - b² with a just above its root."""
    root = math.isqrt(n)
    if root * root == n:
        return True
    squares = (a * a - n for a in range(root + 1, root + 1 + FERMAT_ROUNDS))
    return any(math.isqrt(square) ** 2 == square for square in squares)


@cache
def _small_primes() -> int:
    """Return the product of all primes below `SMALL_FACTOR`."""
    sieve = bytearray([1]) * SMALL_FACTOR
    for number in range(2, math.isqrt(SMALL_FACTOR) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(sieve[number * number :: number]))
    return math.prod(number for number in range(2, SMALL_FACTOR) if sieve[number])


@cache
def _roca_residues(prime: int) -> frozenset[int]:
    """Return the powers of 65537 modulo `prime`: the broken generator's moduli are such powers."""
    return frozenset(pow(65537, exponent, prime) for exponent in range(prime))


RSA: Final = KeyType(
    kty="RSA",
    identity=("e", "kty", "n"),
    load=load,
    public_members=public_members,
    private_members=private_members,
    generate=generate,
)
