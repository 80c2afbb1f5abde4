"""What the tests of JWE share: a key for every algorithm, and tokens that `jwe.encrypt` would not make."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from django_jwtkit.jose import jwe
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS
from django_jwtkit.jose.jwa.key_management import ALGORITHMS
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.wire.encoding import b64u_decode, b64u_encode, dumps

ALL: Final = {"algorithms": frozenset(ALGORITHMS), "encryptions": frozenset(ENCRYPTIONS)}


class Case(NamedTuple):
    """One way to encrypt: alg, curve ("" where there is none) and enc."""

    alg: str
    crv: str
    enc: str

    def __str__(self) -> str:
        return "-".join(filter(None, self))

    @property
    def key(self) -> Key:
        """The key of this case, made once."""
        return _key(self.alg, self.crv, ENCRYPTIONS[self.enc].key_size if self.alg == "dir" else None)


CASES: Final = [
    Case(alg, crv, enc)
    for alg, row in ALGORITHMS.items()
    for crv in sorted(row.fit.curves) or [""]
    for enc in ENCRYPTIONS
]
PAIRS: Final = [case for case in CASES if case.crv in {"", "P-256"}]
DECRYPTS_SLOWLY: Final = ("RSA", "ECDH")


@cache
def _key(alg: str, crv: str, size: int | None) -> Key:
    return Key.generate(alg, crv=crv or None, size=2048 if alg.startswith("RSA") else size)


def case(alg: str, crv: str = "", enc: str = "A256GCM") -> Case:
    """Return the case of this name."""
    return Case(alg, crv or ("P-256" if alg.startswith("ECDH") else ""), enc)


def opened(text: str | bytes, key: Key) -> bytes:
    """Return the plaintext, everything that we can do allowed."""
    return jwe.decrypt(text, key, **ALL).plaintext


def parts(text: str) -> tuple[dict[str, object], list[bytes]]:
    """Return the header and the other four segments, decoded."""
    header, *rest = text.split(".")
    return json.loads(b64u_decode(header)), [b64u_decode(segment) for segment in rest]


def joined(header: Mapping[str, object] | bytes, segments: list[bytes]) -> str:
    """Return the token of a header and four segments, sound or not."""
    protected = header if isinstance(header, bytes) else dumps(header)
    return ".".join(map(b64u_encode, [protected, *segments]))


def sealed(
    header: Mapping[str, object], cek: bytes, encrypted_key: bytes = b"", plaintext: bytes = b"secret"
) -> str:
    """Return a token whose content is sound under `cek`, whatever the header and the encrypted key say."""
    row = ENCRYPTIONS[str(header["enc"])]
    iv = bytes(row.iv_size)
    aad = b64u_encode(dumps(header)).encode()
    return joined(header, [encrypted_key, iv, *row.encrypt(cek, iv, plaintext, aad)])
