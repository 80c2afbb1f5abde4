"""What time tells: nothing about a secret.

Many texts of two wrong kinds are refused in random order; the median time of each text is one observation
(each time by itself would tell the text's place in memory), and Welch's t compares the kinds, as dudect does:
`|t| < 4.5` says that they can't be told apart. `JWTKIT_TIMING=1000000` takes so many samples (default 6000).
"""

import hmac
import os
import random
import secrets
import time
from collections.abc import Callable
from statistics import fmean, median, variance

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import AlgorithmRefused, BadSignature, DecryptionError, TokenError
from django_jwtkit.jose import Key, jwe, jws
from django_jwtkit.jose.jwa import signatures
from django_jwtkit.jose.wire.encoding import b64u_decode, b64u_encode, dumps

SAMPLES = int(os.environ.get("JWTKIT_TIMING", "6000"))
POOL = 64  # texts of a kind


def welch(call: Callable[[str], object], kinds: tuple[list[str], ...], samples: int) -> float:
    """Return Welch's t of the times that `call` takes with the texts of two kinds."""
    took: dict[str, list[int]] = {text: [] for texts in kinds for text in texts}
    for _ in range(samples // len(took)):
        for text in random.sample(list(took), len(took)):
            began = time.perf_counter_ns()
            call(text)
            took[text].append(time.perf_counter_ns() - began)
    first, other = ([median(took[text]) for text in texts] for texts in kinds)
    return (fmean(first) - fmean(other)) / (
        variance(first) / len(first) + variance(other) / len(other)
    ) ** 0.5


def is_even(call: Callable[[str], object], *kinds: list[str], samples: int = SAMPLES) -> bool:
    """Whether time fails to tell the kinds apart in one of ten runs: other work here is not ours."""
    return any(abs(welch(call, kinds, samples)) < 4.5 for _ in range(10))


def refused(call: Callable[..., object], *arguments, **options) -> Callable[[str], object]:
    """Return a function that gets a text refused."""

    def ask(text: str) -> None:
        try:
            call(text, *arguments, **options)
        except TokenError:
            return
        raise AssertionError

    return ask


def bent(segment: str, at: int) -> str:
    """Return a segment of which the octet at `at` is another one."""
    octets = bytearray(b64u_decode(segment))
    octets[at] ^= 1
    return b64u_encode(bytes(octets))


def test_the_method_sees_an_early_exit():
    """A comparison octet by octet, which our MACs do not get, is told at once."""
    secret = secrets.token_bytes(64)

    def compare(segment):
        return all(first == two for first, two in zip(secret, b64u_decode(segment), strict=True))

    early, late = (
        [b64u_encode(secret[:same] + secrets.token_bytes(64 - same)) for _ in range(POOL)] for same in (0, 60)
    )
    assert not is_even(compare, early, late)


@pytest.mark.threat("SIDE-001")
@pytest.mark.parametrize("alg", ["HS256", "HS512"])
def test_a_signature_that_is_nearly_right_takes_as_long_as_any(alg):
    """Wrong in its first octet, wrong in its last."""
    key = Key.generate(alg)
    good = [jws.sign(secrets.token_bytes(16), key).rpartition(".") for _ in range(POOL)]
    early, late = ([f"{head}.{bent(signature, at)}" for head, _, signature in good] for at in (0, -1))
    assert is_even(refused(jws.verify, key, algorithms={alg}), early, late)


@pytest.mark.threat("SIDE-001")
def test_a_mac_is_compared_by_what_was_made_for_it(monkeypatch):
    """And whole: never a beginning, never a slice."""
    recorded, real = [], signatures.compare_digest
    assert real is hmac.compare_digest
    watched = lambda first, two: recorded.append((first, two)) or real(first, two)  # noqa: E731
    monkeypatch.setattr(signatures, "compare_digest", watched)
    key = Key.generate("HS256")
    text = jws.sign(b"{}", key)
    jws.verify(text, key, algorithms={"HS256"})
    with pytest.raises(BadSignature):
        jws.verify(text[:-43] + "A" * 43, key, algorithms={"HS256"})
    assert [(len(first), len(two)) for first, two in recorded] == [(32, 32)] * 2


@pytest.mark.threat("SIDE-002")
@pytest.mark.django_db
def test_a_session_is_found_by_what_is_no_secret():
    """No part of a token reaches the database, so that no index is asked how much of it is right."""
    user = get_user_model().objects.create(username="alice")
    pair = sessions.start(user)
    claims = tokens.verify(pair.refresh, kind=tokens.REFRESH)
    with CaptureQueriesContext(connection) as recorded:
        sessions.refresh(pair.refresh)
    for query in recorded:
        assert claims["jti"] not in query["sql"]
        assert not any(part in query["sql"] for part in pair.refresh.split("."))


@pytest.mark.threat("SIDE-002")
@pytest.mark.django_db
def test_a_stamp_is_compared_in_constant_time_with_each_that_holds(settings, monkeypatch):
    """Also where the first one fits: how old the SECRET_KEY of a login is, time does not tell."""
    settings.SECRET_KEY_FALLBACKS = ["one", "two"]
    user, recorded, real = get_user_model()(pk=1), [], tokens.password_stamps.constant_time_compare
    monkeypatch.setattr(
        tokens.password_stamps, "constant_time_compare", lambda *both: recorded.append(both) or real(*both)
    )
    for stamp in (*tokens.password_stamps.auth_hashes(user), "x" * 64):
        recorded.clear()
        assert tokens.password_stamps.has_stamp(stamp, user) is (stamp != "x" * 64)
        assert len(recorded) == 3


def unopened(key: Key) -> Callable[[str], object]:
    return refused(jwe.decrypt, key, algorithms={key.alg}, encryptions={"A128CBC-HS256", "A256GCM"})


@pytest.mark.threat("SIDE-003")
def test_a_padding_is_no_oracle():
    """A MAC is wrong whether the padding below it would be good or bad (Vaudenay)."""
    key = Key.generate("dir", size=32)
    good = [jwe.encrypt(secrets.token_bytes(20), key, enc="A128CBC-HS256").split(".") for _ in range(POOL)]
    wrong_tag = [".".join((*parts, bent(tag, 0))) for *parts, tag in good]
    wrong_padding = [".".join((*parts, bent(sealed, -1), tag)) for *parts, sealed, tag in good]
    assert is_even(unopened(key), wrong_tag, wrong_padding)


@pytest.mark.threat("SIDE-004")
def test_oaep_is_no_oracle():
    """Plaintexts that begin with a 0, and with another octet, fail alike, in words and time (Manger)."""
    key = Key.generate("RSA-OAEP-256", size=2048)
    numbers = key.native_public.public_numbers()
    header, _, *rest = jwe.encrypt(b"secret", key).split(".")

    def text(first: int) -> str:
        padded = int.from_bytes(bytes([first]) + secrets.token_bytes(255), "big")
        return ".".join((header, b64u_encode(pow(padded, numbers.e, numbers.n).to_bytes(256, "big")), *rest))

    zero, other = ([text(first) for _ in range(POOL)] for first in (0, 1))
    for each in zero + other:
        with pytest.raises(DecryptionError, match=r"^the token can't be decrypted$"):
            jwe.decrypt(each, key, algorithms={key.alg}, encryptions={"A256GCM"})
    assert is_even(unopened(key), zero, other, samples=max(POOL * 8, SAMPLES // 10))


class NoKey:
    """Whoever asks for a key has gone too far."""

    def find(self, header):
        raise AssertionError


@pytest.mark.threat("SIDE-005")
@pytest.mark.parametrize("enc", ["A256GCM", "A128CBC-HS256"])
def test_rsa1_5_is_not_there(enc):
    """Refused before any key is looked for, so there is nothing to be an oracle (Bleichenbacher)."""
    header = dumps({"alg": "RSA1_5", "enc": enc, "kid": "k"})
    iv, tag = (12, 16) if enc == "A256GCM" else (16, 16)
    text = ".".join(map(b64u_encode, (header, bytes(256), bytes(iv), b"x" * 16, bytes(tag))))
    with pytest.raises(AlgorithmRefused):
        jwe.decrypt(text, NoKey(), algorithms={"RSA-OAEP", "RSA-OAEP-256"}, encryptions={enc})
    with pytest.raises(ValueError, match="one or more of"):
        jwe.decrypt(text, NoKey(), algorithms={"RSA1_5"}, encryptions={enc})
