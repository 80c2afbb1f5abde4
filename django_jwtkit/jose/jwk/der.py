"""The cost of a key in DER, from its structure and before any arithmetic (RFC 5280, 5958, 8018, 7914).

The structure shows the size of a modulus, the rounds for a password, and explicit curve parameters. A file of
2 KB can demand a quarter of an hour of PBKDF2.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from django_jwtkit.errors import KeyUnusableError

MAX_ROUNDS: Final = 10_000_000  # of PBKDF2; OWASP recommends 600,000
MAX_SCRYPT_OCTETS: Final = 64 * 1024 * 1024  # of memory: 128 · N · r
MAX_SCRYPT_PARALLEL: Final = 16
MAX_RSA_OCTETS: Final = 8192 // 8 + 1  # of a number in DER, with its sign
MAX_ENCRYPTED_OCTETS: Final = 6 * 1024  # an RSA key of 8192 bits has 4,700, one of ML-DSA-87 5,000

INTEGER, BITS, OCTETS, OID, SEQUENCE, PARAMETERS = 0x02, 0x03, 0x04, 0x06, 0x30, 0xA0

_RSA: Final = frozenset(map(bytes.fromhex, ("2a864886f70d010101", "2a864886f70d01010a")))  # the latter: PSS
_EC: Final = bytes.fromhex("2a8648ce3d0201")
_OTHERS: Final = frozenset(
    map(bytes.fromhex, ("2b656e", "2b656f", "2b6570", "2b6571"))  # X25519, X448, Ed25519, Ed448
) | frozenset(bytes.fromhex(f"6086480165030403{number:02x}") for number in (17, 18, 19))  # ML-DSA
_PBES2, _PBKDF2 = bytes.fromhex("2a864886f70d01050d"), bytes.fromhex("2a864886f70d01050c")
_SCRYPT: Final = bytes.fromhex("2b06010401da47040b")

_DAMAGED: Final = "the PEM cannot be read: damaged, or an unknown kind of key"


class Element(NamedTuple):
    identifier: int
    content: bytes


def elements(octets: bytes) -> list[Element]:
    """Return the elements of `octets`, one level deep. Raises `KeyUnusableError` unless it is DER."""
    parsed, place = list[Element](), 0
    while place < len(octets):
        header = octets[place : place + 6]
        identifier, size, length = header[0], 2, header[1] if len(header) > 1 else len(octets)
        if length >= 0x80:
            size, length = 2 + (length & 0x7F), int.from_bytes(header[2 : 2 + (length & 0x7F)], "big")
        end = place + size + length
        if size > 6 or end > len(octets) or identifier & 0x1F == 0x1F:
            raise KeyUnusableError(_DAMAGED)
        parsed.append(Element(identifier, octets[place + size : end]))
        place = end
    return parsed


def check_cost(der: bytes) -> None:
    """Raise `KeyUnusableError` for a key that takes too long to read, or of an unknown type."""
    parts = _children(der)
    kinds = [part.identifier for part in parts]
    if kinds[:3] == [SEQUENCE, SEQUENCE, BITS]:
        raise KeyUnusableError(f"the PEM is {CERTIFICATE}")
    if kinds[:2] == [SEQUENCE, BITS]:
        _check_key(elements(parts[0].content), parts[1].content[1:])
    elif kinds[:2] == [SEQUENCE, OCTETS]:
        _check_encryption(elements(parts[0].content), parts[1].content)
    elif kinds[:3] == [INTEGER, SEQUENCE, OCTETS]:
        _check_key(elements(parts[1].content), parts[2].content)
    elif kinds[:2] == [INTEGER, INTEGER]:
        _check_rsa(parts)
    elif kinds[:2] == [INTEGER, OCTETS]:
        _check_curve([Element(OID, _EC), *_find_parameters(parts)])
    else:
        raise KeyUnusableError(_DAMAGED)


CERTIFICATE: Final = "a certificate: take the key out with `openssl x509 -pubkey -noout -in FILE`"


def is_pkcs12(der: bytes) -> bool:
    """Return whether this is a key store of PKCS #12: version 3, and a PKCS #7 object."""
    try:
        parts = _children(der)
    except KeyUnusableError:
        return False
    return parts[0] == Element(INTEGER, b"\x03") and [part.identifier for part in parts[1:2]] == [SEQUENCE]


def is_certificate(der: bytes) -> bool:
    """Return whether this is an X.509 certificate, or a request for one."""
    try:
        return [part.identifier for part in _children(der)] == [SEQUENCE, SEQUENCE, BITS]
    except KeyUnusableError:
        return False


def _children(der: bytes) -> list[Element]:
    outer = elements(der)
    parts = elements(outer[0].content) if len(outer) == 1 and outer[0].identifier == SEQUENCE else []
    if not parts:
        raise KeyUnusableError(_DAMAGED)
    return parts


def _check_key(algorithm: Sequence[Element], key: bytes) -> None:
    name = algorithm[0].content if algorithm and algorithm[0].identifier == OID else b""
    if name in _RSA:
        _check_rsa(_children(key))
    elif name == _EC:
        _check_curve(algorithm)
    elif name not in _OTHERS:
        raise KeyUnusableError("the PEM holds a key that JOSE has no algorithm for")


def _check_rsa(numbers: Sequence[Element]) -> None:
    longest = max((len(number.content) for number in numbers if number.identifier == INTEGER), default=0)
    if longest > MAX_RSA_OCTETS:
        bits = 8 * (longest - 1)
        raise KeyUnusableError(f"an RSA key must have 2048 to 8192 bits, got {bits}: make a new one")


def _check_curve(algorithm: Sequence[Element]) -> None:
    if [part.identifier for part in algorithm[1:]] == [SEQUENCE]:
        raise KeyUnusableError(
            "the PEM has explicit curve parameters: "
            "name the curve with `openssl ec -param_enc named_curve -in FILE`"
        )


def _find_parameters(parts: Sequence[Element]) -> list[Element]:
    """Return the parameters of an EC PRIVATE KEY (RFC 5915), if it has any."""
    return [inner for part in parts if part.identifier == PARAMETERS for inner in elements(part.content)]


def _check_encryption(algorithm: Sequence[Element], ciphertext: bytes) -> None:
    """Check the work for the password (RFC 8018). Schemes older than PBES2 have rounds as well."""
    if len(ciphertext) > MAX_ENCRYPTED_OCTETS:
        size = len(ciphertext)
        raise KeyUnusableError(f"the PEM has {size} encrypted octets, and no key is that long")
    if len(algorithm) != 2 or algorithm[0].identifier != OID or algorithm[1].identifier != SEQUENCE:
        raise KeyUnusableError(_DAMAGED)
    derivation = elements(algorithm[1].content)
    name = algorithm[0].content
    if name == _PBES2:
        steps = elements(derivation[0].content) if derivation and derivation[0].identifier == SEQUENCE else []
        if len(steps) != 2 or steps[1].identifier != SEQUENCE:
            raise KeyUnusableError(_DAMAGED)
        name, derivation = steps[0].content, elements(steps[1].content)
    numbers = [int.from_bytes(part.content, "big") for part in derivation if part.identifier == INTEGER]
    _check_derivation(name, numbers)


def _check_derivation(name: bytes, numbers: Sequence[int]) -> None:
    if not numbers or (name == _SCRYPT and len(numbers) < 3):
        raise KeyUnusableError(_DAMAGED)
    if name != _SCRYPT and numbers[0] > MAX_ROUNDS:
        raise KeyUnusableError(
            f"the PEM asks for {min(numbers[0], 2**63):,} rounds of PBKDF2: encrypt it again with at most "
            f"{MAX_ROUNDS:,} (openssl pkcs8 -topk8 -iter)"
        )
    if name == _SCRYPT:
        memory = 128 * numbers[0] * numbers[1]
        if memory > MAX_SCRYPT_OCTETS or numbers[2] > MAX_SCRYPT_PARALLEL:
            raise KeyUnusableError(
                f"the PEM asks scrypt for more than {MAX_SCRYPT_OCTETS // 2**20} MiB, or more than "
                f"{MAX_SCRYPT_PARALLEL} times: encrypt it again with less (openssl pkcs8 -topk8 -scrypt)"
            )
