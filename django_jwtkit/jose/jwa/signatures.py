"""Signatures and MACs (RFC 7518 §3, RFC 8812 §3.2, RFC 9864 §2, RFC 9964 §4), a row for each algorithm.

Every check compares the exact length of the signature before any cryptography. So no signature has two
encodings, and a token without one costs nothing.

A row creates its check for a key once, so that work that depends only on the key is not repeated for each
token.
"""

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.hmac import HMAC

from .key_types import Fit, Native
from .key_types.elliptic import CURVES
from .key_types.symmetric import MAX_OCTETS

# The name of RFC 8037 for two algorithms. RFC 9864 has replaced it, but few verifiers know the newer names. A
# key has one of the names. A key with a newer name also verifies the older one if the caller allows that.
OLDER: Final = "EdDSA"
EDDSA: Final[Mapping[str, str]] = {"Ed25519": OLDER, "Ed448": OLDER}

Sign = Callable[[Native, bytes], bytes]
Check = Callable[[bytes, bytes], bool]


class Algorithm(NamedTuple):
    """`sign(private, data)` returns the signature; `checker(public)` returns `check(data, signature)`.

    `size` is the greatest length of a signature in octets; None where it is that of the modulus (RSA).
    """

    name: str
    fit: Fit
    size: int | None
    sign: Sign
    checker: Callable[[Native], Check]

    def verify(self, public: Native, data: bytes, signature: bytes) -> bool:
        """Return whether `signature` of `data` is valid for the key `public`."""
        return self.checker(public)(data, signature)


def _mac(name: str, digest: HashAlgorithm) -> Algorithm:
    """Return the row of an HMAC (§3.2). Its secret is at least as long as its hash."""
    size = digest.digest_size

    def sign(secret: Native, data: bytes) -> bytes:
        mac = HMAC(secret, digest)
        mac.update(data)
        return mac.finalize()

    def checker(secret: Native) -> Check:
        keyed = HMAC(secret, digest)  # to copy it and finish takes 0.7 µs, to start over 1.7

        def check(data: bytes, signature: bytes) -> bool:
            if len(signature) != size:
                return False
            mac = keyed.copy()
            mac.update(data)
            return compare_digest(mac.finalize(), signature)

        return check

    return Algorithm(name, Fit("sig", "oct", octets=range(size, MAX_OCTETS + 1)), size, sign, checker)


def _rsa(name: str, padding: AsymmetricPadding, digest: HashAlgorithm) -> Algorithm:
    """Return the row of RSASSA-PKCS1-v1_5 or RSASSA-PSS (§3.3, §3.5)."""

    def sign(private: Native, data: bytes) -> bytes:
        return bytes(private.sign(data, padding, digest))

    def checker(public: Native) -> Check:
        size, verify = (public.key_size + 7) // 8, public.verify
        return lambda data, signature: (
            len(signature) == size and _is_valid(verify, signature, data, padding, digest)
        )

    return Algorithm(name, Fit("sig", "RSA"), None, sign, checker)


def _pss(digest: HashAlgorithm) -> PSS:
    """Return PSS with the same hash for the mask, and a salt of its length (§3.5)."""
    return PSS(MGF1(digest), PSS.DIGEST_LENGTH)


def _ecdsa(name: str, crv: str, digest: HashAlgorithm) -> Algorithm:
    """Return the row of ECDSA (§3.4): r and s, each as long as a coordinate and between 1 and n - 1."""
    _, size, order = CURVES[crv]
    verifying, signing = ECDSA(digest), _deterministic(digest)

    def sign(private: Native, data: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(data, signing))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def checker(public: Native) -> Check:
        verify = public.verify

        def check(data: bytes, signature: bytes) -> bool:
            if len(signature) != 2 * size:
                return False
            r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
            in_range = 0 < r < order and 0 < s < order  # zeros were "psychic signatures", CVE-2022-21449
            return in_range and _is_valid(verify, encode_dss_signature(r, s), data, verifying)

        return check

    return Algorithm(name, Fit("sig", "EC", curves=frozenset({crv})), 2 * size, sign, checker)


def _deterministic(digest: HashAlgorithm) -> ECDSA:
    """Return ECDSA with the nonce of RFC 6979, which needs no random numbers, if OpenSSL has it (3.2)."""
    try:
        return ECDSA(digest, deterministic_signing=True)
    except UnsupportedAlgorithm:
        return ECDSA(digest)


def _plain(name: str, fit: Fit, size: int) -> Algorithm:
    """Return the row of an algorithm that hashes the data itself, without a context: EdDSA and ML-DSA."""

    def sign(private: Native, data: bytes) -> bytes:
        return bytes(private.sign(data))

    def checker(public: Native) -> Check:
        verify = public.verify
        return lambda data, signature: len(signature) == size and _is_valid(verify, signature, data)

    return Algorithm(name, fit, size, sign, checker)


def _edwards(crv: str, size: int) -> Algorithm:
    """Return the row of an algorithm with the name of its curve (RFC 9864 §2.2)."""
    return _plain(crv, Fit("sig", "OKP", curves=frozenset({crv})), size)


def _eddsa() -> Algorithm:
    """Return the row of EdDSA (RFC 8037 §3.1): one name for both curves, which most verifiers know."""
    edwards25519, edwards448 = _EDWARDS

    def checker(public: Native) -> Check:
        is_short = len(public.public_bytes_raw()) == 32
        return (edwards25519 if is_short else edwards448).checker(public)

    fit = Fit("sig", "OKP", curves=frozenset(EDDSA))
    return Algorithm(OLDER, fit, edwards448.size, edwards25519.sign, checker)


def _mldsa(name: str, size: int) -> Algorithm:
    """Return the row of ML-DSA (RFC 9964 §4)."""
    return _plain(name, Fit("sig", "AKP"), size)


_EDWARDS: Final = (_edwards("Ed25519", 64), _edwards("Ed448", 114))


def _is_valid(check: Callable[..., None], *arguments: object) -> bool:
    try:
        check(*arguments)
    except InvalidSignature:
        return False
    return True


_ROWS: Final[tuple[Algorithm, ...]] = (
    _mac("HS256", SHA256()),
    _mac("HS384", SHA384()),
    _mac("HS512", SHA512()),
    _rsa("RS256", PKCS1v15(), SHA256()),
    _rsa("RS384", PKCS1v15(), SHA384()),
    _rsa("RS512", PKCS1v15(), SHA512()),
    _rsa("PS256", _pss(SHA256()), SHA256()),
    _rsa("PS384", _pss(SHA384()), SHA384()),
    _rsa("PS512", _pss(SHA512()), SHA512()),
    _ecdsa("ES256", "P-256", SHA256()),
    _ecdsa("ES384", "P-384", SHA384()),
    _ecdsa("ES512", "P-521", SHA512()),
    _ecdsa("ES256K", "secp256k1", SHA256()),
    *_EDWARDS,
    _eddsa(),
    _mldsa("ML-DSA-44", 2420),
    _mldsa("ML-DSA-65", 3309),
    _mldsa("ML-DSA-87", 4627),
)
ALGORITHMS: Final[Mapping[str, Algorithm]] = {row.name: row for row in _ROWS}
