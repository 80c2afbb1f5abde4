"""Recognise moduli that can be factored (RSA, RFC 7518 §6.3) within milliseconds.

The cost of each test is bounded: a set of a hundred moduli of 8192 bits, chosen by a stranger, takes a
second.
"""

import math
from collections.abc import Iterator
from functools import cache
from itertools import count, islice
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

SMALL_FACTOR: Final = 2**16
FERMAT_ROUNDS: Final = 100
LONG_EXPONENTS: Final = 3072  # bits of the modulus up to which OpenSSL takes exponents of any length
BASES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71)

_ROCA_PRIMES: Final = (
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
)  # fmt: skip
_MARK: Final = b"a prime"


def has_small_factor(n: int) -> bool:
    """Return whether a prime below `SMALL_FACTOR` divides n."""
    return math.gcd(n, _product_of_primes() % n) != 1


def is_close(n: int) -> bool:
    """Return whether Fermat's method finds the factors quickly: n = a² - b² with a just above its root."""
    root = math.isqrt(n)
    if root * root == n:
        return True
    squares = (a * a - n for a in range(root + 1, root + 1 + FERMAT_ROUNDS))
    return any(math.isqrt(square) ** 2 == square for square in squares)


def is_roca(n: int) -> bool:
    """Return whether n has the fingerprint of CVE-2017-15361: a power of 65537 modulo certain primes."""
    return all(n % prime in _roca_residues(prime) for prime in _ROCA_PRIMES)


def is_prime_power(n: int) -> bool:
    """Return whether n, which has no small factor, is a prime or a power of one.

    Powers are found at any size, primes only up to `LONG_EXPONENTS` bits: for 8192 bits that takes a second,
    and a stranger's set may have a hundred keys.
    """
    return _is_power(n) or (n.bit_length() <= LONG_EXPONENTS and _is_prime(n))


def split(n: int, e: int, d: int) -> tuple[int, int] | None:
    """Return the two primes of n, the greater one first, or None if d and e do not belong to n.

    e·d - 1 is a multiple of the order of every number modulo n, so it leads to a root of 1 other than ±1
    (Handbook of Applied Cryptography, 8.2.2). One base in two finds it; the number of bases is bounded.
    """
    order = e * d - 1
    twos = (order & -order).bit_length() - 1
    for base in BASES if twos > 0 else ():
        x = pow(base, order >> twos, n)
        for _ in range(twos):
            square = x * x % n
            if square == 1 and x not in {1, n - 1}:
                p = math.gcd(x - 1, n)
                return max(p, n // p), min(p, n // p)
            x = square
        if x != 1:
            return None
    return None


def _is_prime(n: int) -> bool:
    """Return whether n is (very probably) prime: then x to the power n - 2 is 1/x (Fermat).

    OpenSSL does the exponentiation: as the check of a signature, with n - 2 as the public exponent and the
    inverse of the padded message as the signature. It takes 7 ms at 2048 bits where `pow` takes 27.
    """
    size = (n.bit_length() + 7) // 8
    padded = b"\x00\x01" + b"\xff" * (size - 3 - len(_MARK)) + b"\x00" + _MARK
    signature = pow(int.from_bytes(padded, "big"), -1, n).to_bytes(size, "big")
    public = rsa.RSAPublicNumbers(n - 2, n).public_key()
    try:
        return public.recover_data_from_signature(signature, PKCS1v15(), None) == _MARK
    except InvalidSignature:
        return False


def _is_power(n: int) -> bool:
    """Return whether n is a k-th power for a prime k. Its root has more bits than a small factor."""
    most = n.bit_length() // (SMALL_FACTOR.bit_length() - 1)
    return any(_may_be_power(n, k) and _root(n, k) ** k == n for k in _primes_to(512) if k <= most)


def _may_be_power(n: int, k: int) -> bool:
    """Return whether n is a k-th power modulo some primes, as one number in k³ is by chance."""
    return all(pow(n, (modulus - 1) // k, modulus) == 1 for modulus in _moduli(k))


def _root(n: int, k: int) -> int:
    """Return the k-th root of n, rounded down, by Newton's method."""
    root, better = 0, 1 << -(-n.bit_length() // k)
    while root != better and (root == 0 or better < root):
        root = better
        better = ((k - 1) * root + n // root ** (k - 1)) // k
    return root


@cache
def _moduli(k: int) -> tuple[int, ...]:
    """Return three primes modulo which one number in k is a k-th power."""
    candidates = (k * number + 1 for number in count(1))
    return tuple(islice((candidate for candidate in candidates if _is_small_prime(candidate)), 3))


@cache
def _primes_to(most: int) -> tuple[int, ...]:
    return tuple(number for number in range(2, most) if _is_small_prime(number))


def _is_small_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


@cache
def _product_of_primes() -> int:
    """Return the product of all primes below `SMALL_FACTOR`."""
    return math.prod(_sieve_primes(SMALL_FACTOR))


def _sieve_primes(end: int) -> Iterator[int]:
    sieve = bytearray([1]) * end
    for number in range(2, math.isqrt(end) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(sieve[number * number :: number]))
    return (number for number in range(2, end) if sieve[number])


@cache
def _roca_residues(prime: int) -> frozenset[int]:
    """Return the powers of 65537 modulo `prime`. The moduli of the broken generator are such powers."""
    return frozenset(pow(65537, exponent, prime) for exponent in range(prime))
