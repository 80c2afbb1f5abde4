"""A secret is randomness: what people type is refused whatever its length, what machines draw never is."""

import base64
import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode

import pytest

from django_jwtkit.keys.sealing import weakness, without_line_end
from django_jwtkit.keys.sealing.passphrases import is_typed

ROUNDS = 3_000

PASSPHRASES = [
    "The quick brown fox jumps over the lazy dog",
    "correct horse battery staple in winter",
    "Tr0ub4dor&3 is our company passphrase!!",
    "Tr0ub4dor3isourcompanypassphraseforthenextyear",
    "Tr0ub4dor3IsOurCompanyPassphrase4EverAndEver",
    "thequickbrownfoxjumpsoverthelazydogandmoreandmore",
    "TheQuickBrownFoxJumpsOverTheLazyDogAndMoreAndMore",
    "correct-horse-battery-staple-in-winter-and-in-summer",
    "correct_horse_battery_staple_in_winter_and_in_summer",
    "CorrectHorseBatteryStapleInWinterIsNice2024",
    "CORRECTHORSEBATTERYSTAPLEINWINTERANDINSUMMERTOO",
    "Sup3rS3cr3tK3yF0rOurPr0duct10nS3rv3rN0b0dyKn0wsIt",
    "summer2023winter2024spring2025autumn2026ourkey0",
    "Donaudampfschifffahrtsgesellschaftskapitänsmütze in Blau",
    "donaudampfschifffahrtsgesellschaftskapitaensmuetze",
    "Съешь же ещё этих мягких французских булок, да выпей чаю",
    "いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえて",
    "4915217849302149152178493021491521784930214915217849302100394857",
    "dG8gYmUgb3Igbm90IHRvIGJlLCB0aGF0IGlzIHRoZSBxdWVzdGlvbiwgd2hldGhlcg",
    "0123456789abcdef" * 4,
    "deadbeefcafebabe" * 4,
]

ENCODINGS = {
    "raw": lambda octets: octets,
    "hex": lambda octets: octets.hex().encode(),
    "HEX": lambda octets: octets.hex().upper().encode(),
    "base64url": lambda octets: urlsafe_b64encode(octets).rstrip(b"="),
    "base64url, padded": urlsafe_b64encode,
    "base64": lambda octets: b64encode(octets).rstrip(b"="),
    "base64, padded": b64encode,
    "base64 in lines": base64.encodebytes,
    "base64 of base64": lambda octets: b64encode(b64encode(octets)),
    "base64 of hex": lambda octets: b64encode(octets.hex().encode()),
}


@pytest.mark.threat("KEY-005")
@pytest.mark.parametrize("passphrase", PASSPHRASES)
@pytest.mark.parametrize(
    "spelling",
    [str.encode, lambda text: b64encode(text.encode()), lambda text: text.encode().hex().encode()],
    ids=["typed", "as base64", "as hex"],
)
def test_a_passphrase_is_refused(passphrase, spelling):
    """Typed, or encoded so that it looks like something else."""
    assert weakness(spelling(passphrase))


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le", "latin-1"])
def test_a_passphrase_in_another_character_set_is_refused(codec):
    """Octets that are text in any of them are no random octets."""
    assert weakness("Fünf Böse Wörter und noch viel mehr von ihnen in einer Zeile".encode(codec))


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("size", [32, 33, 64])
def test_a_random_secret_is_never_refused(encode, size):
    """Of many thousands none: the bound is 2 in ten million, reached by base64 of 32 octets."""
    for _ in range(ROUNDS if size == 32 and encode is not ENCODINGS["raw"] else ROUNDS // 20):
        secret = without_line_end(encode(secrets.token_bytes(size)))
        assert weakness(secret) is None, secret


@pytest.mark.parametrize("octet", [b"\n", b" ", b"\r", b"\t", b"\x0b", b"{", b"\xef\xbb\xbf", b"-"])
def test_a_raw_secret_may_begin_and_end_with_anything(octet):
    """One in twenty has what looks like white space at an end; none of it is lost."""
    secret = octet + secrets.token_bytes(32 - 2 * len(octet)) + octet
    assert without_line_end(secret) == secret
    assert weakness(secret) is None


@pytest.mark.parametrize(
    "secret",
    [secrets.token_hex(31), secrets.token_urlsafe(31), secrets.token_bytes(31)],
    ids=["hex", "base64url", "raw"],
)
def test_fewer_than_32_octets_are_too_few(secret):
    """However long their spelling is."""
    assert "at least 32 are needed" in weakness(secret.encode() if isinstance(secret, str) else secret)


@pytest.mark.parametrize(
    "secret",
    [b"a" * 43 + b"!", b"0" * 65, b"A" * 45, secrets.token_hex(32).encode() + b"0"],
    ids=["a sign", "65 zeros", "45 letters", "a digit"],
)
def test_what_is_no_whole_encoding_is_text(secret):
    """One digit too many, a sign of no alphabet."""
    assert weakness(secret)


def test_a_random_text_is_far_from_looking_typed():
    """The margin, not only the verdict: of ten thousand texts none comes near."""
    texts = (secrets.token_urlsafe(32) for _ in range(2_000))
    assert not any(map(is_typed, texts))
    assert is_typed("correct-horse-battery-staple-in-winter-and-in-summer")


def test_a_decoded_secret_is_not_what_is_sealed_with():
    """The text itself is the secret: an encoding judged leniently loses nothing of it."""
    text = secrets.token_urlsafe(32)
    assert len(b64decode(text + "=", b"-_")) == 32
    assert without_line_end(f"{text}\n".encode()) == text.encode()
