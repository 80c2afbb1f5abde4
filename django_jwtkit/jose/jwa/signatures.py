"""Signatures and MACs (RFC 7518 §3, RFC 8812 §3.2, RFC 9864 §2, RFC 9964 §4): a row an algorithm.

Every `verify` looks at the exact length of the signature before it does any cryptography: no algorithm here
has two spellings of one signature, and a stripped one costs nothing.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from .key_types import Fit, Native
from .key_types.elliptic import CURVES
from .key_types.symmetric import MAX_OCTETS

Sign = Callable[[Native, bytes], bytes]
Verify = Callable[[Native, bytes, bytes], bool]


class Algorithm(NamedTuple):
    """`sign(private, data)` returns the signature; `verify(public, data, signature)` whether it holds."""

    name: str
    fit: Fit
    sign: Sign
    verify: Verify


def _mac(name: str, digest: str, size: int) -> Algorithm:
    """HMAC (§3.2), its secret at least as long as its hash."""

    def sign(secret: Native, data: bytes) -> bytes:
        return hmac.digest(secret, data, digest)

    def verify(secret: Native, data: bytes, signature: bytes) -> bool:
        return len(signature) == size and hmac.compare_digest(hmac.digest(secret, data, digest), signature)

    return Algorithm(name, Fit("sig", "oct", octets=range(size, MAX_OCTETS + 1)), sign, verify)


def _rsa(name: str, padding: AsymmetricPadding, digest: HashAlgorithm) -> Algorithm:
    """RSASSA-PKCS1-v1_5 and RSASSA-PSS (§3.3, §3.5); the signature is as long as the modulus."""

    def sign(private: Native, data: bytes) -> bytes:
        return bytes(private.sign(data, padding, digest))

    def verify(public: Native, data: bytes, signature: bytes) -> bool:
        size = (public.key_size + 7) // 8
        return len(signature) == size and _holds(public.verify, signature, data, padding, digest)

    return Algorithm(name, Fit("sig", "RSA"), sign, verify)


def _pss(digest: HashAlgorithm) -> PSS:
    """The mask by the same hash, the salt exactly as long as it (§3.5)."""
    return PSS(MGF1(digest), PSS.DIGEST_LENGTH)


def _ecdsa(name: str, crv: str, digest: HashAlgorithm) -> Algorithm:
    """ECDSA (§3.4): r and s, each as long as a coordinate, one after the other, both between 1 and n - 1."""
    _, size, order = CURVES[crv]
    verifying, signing = ECDSA(digest), _deterministic(digest)

    def sign(private: Native, data: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(data, signing))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def verify(public: Native, data: bytes, signature: bytes) -> bool:
        if len(signature) != 2 * size:
            return False
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        in_range = 0 < r < order and 0 < s < order  # zeros were "psychic signatures", CVE-2022-21449
        return in_range and _holds(public.verify, encode_dss_signature(r, s), data, verifying)

    return Algorithm(name, Fit("sig", "EC", curves=frozenset({crv})), sign, verify)


def _deterministic(digest: HashAlgorithm) -> ECDSA:
    """Return ECDSA with the nonce of RFC 6979, which no bad luck can spoil, where OpenSSL has it (3.2)."""
    try:
        return ECDSA(digest, deterministic_signing=True)
    except UnsupportedAlgorithm:
        return ECDSA(digest)


def _plain(name: str, fit: Fit, size: int) -> Algorithm:
    """What hashes for itself, to a signature of `size` octets: EdDSA and ML-DSA, without a context."""

    def sign(private: Native, data: bytes) -> bytes:
        return bytes(private.sign(data))

    def verify(public: Native, data: bytes, signature: bytes) -> bool:
        return len(signature) == size and _holds(public.verify, signature, data)

    return Algorithm(name, fit, sign, verify)


def _eddsa(crv: str, size: int) -> Algorithm:
    """RFC 9864 §2.2: the algorithm has the curve's name."""
    return _plain(crv, Fit("sig", "OKP", curves=frozenset({crv})), size)


def _mldsa(name: str, size: int) -> Algorithm:
    """RFC 9964 §4."""
    return _plain(name, Fit("sig", "AKP"), size)


def _holds(check: Callable[..., None], *arguments: object) -> bool:
    try:
        check(*arguments)
    except InvalidSignature:
        return False
    return True


_ROWS: Final[tuple[Algorithm, ...]] = (
    _mac("HS256", "sha256", 32),
    _mac("HS384", "sha384", 48),
    _mac("HS512", "sha512", 64),
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
    _eddsa("Ed25519", 64),
    _eddsa("Ed448", 114),
    _mldsa("ML-DSA-44", 2420),
    _mldsa("ML-DSA-65", 3309),
    _mldsa("ML-DSA-87", 4627),
)
ALGORITHMS: Final[Mapping[str, Algorithm]] = {row.name: row for row in _ROWS}

# RFC 8037's one name for two algorithms, out of use since RFC 9864: read where a caller names it, never
# written.
EDDSA: Final[Mapping[str, str]] = {"Ed25519": "EdDSA", "Ed448": "EdDSA"}
