"""Measure every algorithm: `python -m bench.algorithms` prints the tables of docs/algorithms-and-keys.md.

Times are whole calls of `jwt.encode` and `jwt.decode`, with JSON, claims and all, in microseconds: the best
of some rounds, since everything else that a machine does can only add to them. Needs no Django.
"""
# ruff: noqa: T201 - it prints

import time
from collections.abc import Callable, Iterator
from typing import Final

from django_jwtkit.jose import Key, jwt
from django_jwtkit.jose.jwa.key_management import ALGORITHMS as ENCRYPTING
from django_jwtkit.jose.jwa.signatures import ALGORITHMS as SIGNING
from django_jwtkit.jose.wire.encoding import b64u_decode, dumps

ROUNDS: Final = 5
SECONDS: Final = 0.05  # that a round takes, at least
KID: Final = "k" * 43  # as long as a thumbprint

CLAIMS: Final = {
    "sub": "4711",
    "exp": 4_000_000_000,
    "iat": 1_790_000_000,
    "jti": "0123456789abcdefghijkl",
    "sid": "3f0a9c1e-7a43-4e52-9d0b-0f4a8f6c2b11",
    "iss": "https://api.example.com",
}


def microseconds(call: Callable[[], object]) -> float:
    """Return what one `call` takes at best."""
    count, best = 1, float("inf")
    for _ in range(ROUNDS):
        spent = _spent(call, count)
        while spent < SECONDS:
            count *= 2
            spent = _spent(call, count)
        best = min(best, spent / count)
    return best * 1e6


def _spent(call: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - start


def signed() -> Iterator[tuple[object, ...]]:
    """Yield a row for each signature algorithm."""
    yield "`alg`", "public JWK", "signature", "access token", "key", "sign", "verify"
    for alg in SIGNING:
        start = time.perf_counter()
        key = Key.generate(alg, kid=KID)
        milliseconds = (time.perf_counter() - start) * 1e3
        token = jwt.encode(CLAIMS, key, typ="at+jwt")
        reader = key if key.kty == "oct" else key.public()
        yield (
            alg,
            "–" if key.kty == "oct" else len(dumps(key.public().to_dict())),
            len(b64u_decode(token.rpartition(".")[2])),
            len(token),
            f"{milliseconds:.1f} ms" if milliseconds >= 1 else "< 1 ms",
            f"{microseconds(lambda: jwt.encode(CLAIMS, key, typ='at+jwt')):.0f} µs",  # noqa: B023
            f"{microseconds(lambda: jwt.decode(token, reader, algorithms={alg}, typ='at+jwt')):.0f} µs",  # noqa: B023
        )


def nested() -> Iterator[tuple[object, ...]]:
    """Yield a row for each key management algorithm, around one token by ES256."""
    yield "`alg`", "token", "encrypt", "decrypt"
    signer = Key.generate("ES256", kid=KID)
    reader = signer.public()
    bare = jwt.encode(CLAIMS, signer, typ="at+jwt")
    signing = microseconds(lambda: jwt.encode(CLAIMS, signer, typ="at+jwt"))
    verifying = microseconds(lambda: jwt.decode(bare, reader, algorithms={"ES256"}))
    yield "not encrypted", len(bare), "–", "–"
    for alg in ENCRYPTING:
        key = Key.generate(alg, kid=KID)
        token = jwt.encode(CLAIMS, signer, typ="at+jwt", encrypt_to=key)
        both = microseconds(lambda: jwt.encode(CLAIMS, signer, typ="at+jwt", encrypt_to=key))  # noqa: B023
        back = microseconds(
            lambda: jwt.decode(token, reader, algorithms={"ES256"}, decrypt_with=key)  # noqa: B023
        )
        yield alg, len(token), f"{max(both - signing, 0):.0f} µs", f"{max(back - verifying, 0):.0f} µs"


def show(rows: Iterator[tuple[object, ...]]) -> None:
    """Print `rows` as a table in Markdown, the first one its head."""
    for number, row in enumerate(rows):
        print(f"| {' | '.join(map(str, row))} |", flush=True)
        if number == 0:
            print(f"|---|{'--:|' * (len(row) - 1)}")


if __name__ == "__main__":
    show(signed())
    print("\nAn ES256 token that is encrypted with A256GCM:\n")
    show(nested())
