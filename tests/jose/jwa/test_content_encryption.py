"""Content encryption (RFC 7518 §5): exact sizes, the RFC's own numbers, and nothing forged gets through."""

import hmac
import secrets

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS, Sealed, random_key
from tests.support import vectors

SIZES = {
    "A128GCM": (16, 12, 16),
    "A192GCM": (24, 12, 16),
    "A256GCM": (32, 12, 16),
    "A128CBC-HS256": (32, 16, 16),
    "A192CBC-HS384": (48, 16, 24),
    "A256CBC-HS512": (64, 16, 32),
}
CBC_ROWS = [name for name in SIZES if "CBC" in name]


def sample(name):
    """Return a row, a CEK, an IV, and a sealed sentence with its AAD."""
    row = ENCRYPTIONS[name]
    cek, iv = random_key(row), secrets.token_bytes(row.iv_size)
    return row, cek, iv, row.encrypt(cek, iv, b"attack at dawn, or have breakfast", b"header"), b"header"


def test_the_table_is_what_the_rfc_lists():
    """RFC 7518 §5.1, and the sizes of §5.2.3 to §5.3."""
    assert {name: (row.key_size, row.iv_size, row.tag_size) for name, row in ENCRYPTIONS.items()} == SIZES


@pytest.mark.parametrize("vector", vectors.appendices("aes-cbc-hmac"))
def test_the_vectors_of_appendix_b(vector):
    """Ciphertext and tag come out to the last bit, and go back."""
    key, plaintext, iv, aad, ciphertext, tag = (
        bytes.fromhex(vector[f"{name}_hex"]) for name in ["K", "P", "IV", "A", "E", "T"]
    )
    row = ENCRYPTIONS[vector["enc"]]
    assert row.encrypt(key, iv, plaintext, aad) == Sealed(ciphertext, tag)
    assert row.decrypt(key, iv, Sealed(ciphertext, tag), aad) == plaintext


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 1000])
def test_every_length_comes_back(name, length):
    """Padding and block borders lose nothing."""
    row = ENCRYPTIONS[name]
    cek, iv, plaintext = random_key(row), secrets.token_bytes(row.iv_size), secrets.token_bytes(length)
    assert row.decrypt(cek, iv, row.encrypt(cek, iv, plaintext, b""), b"") == plaintext


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("culprit", ["iv", "ciphertext", "tag", "aad"])
def test_each_input_counts_to_the_last_bit(name, culprit):
    """One bit anywhere, and the tag fails."""
    row, cek, iv, sealed, aad = sample(name)
    inputs = {"iv": iv, "ciphertext": sealed.ciphertext, "tag": sealed.tag, "aad": aad}
    sound = inputs[culprit]
    for bit in range(len(sound) * 8):
        inputs[culprit] = (int.from_bytes(sound, "big") ^ 1 << bit).to_bytes(len(sound), "big")
        with pytest.raises(InvalidTag):
            row.decrypt(cek, inputs["iv"], Sealed(inputs["ciphertext"], inputs["tag"]), inputs["aad"])


@pytest.mark.threat("JWE-026")
@pytest.mark.parametrize("name", CBC_ROWS)
def test_the_halves_of_the_cek_are_not_interchangeable(name):
    """MAC_KEY comes first, ENC_KEY second (§5.2.2.1)."""
    row, cek, iv, sealed, aad = sample(name)
    half = row.key_size // 2
    with pytest.raises(InvalidTag):
        row.decrypt(cek[half:] + cek[:half], iv, sealed, aad)


@pytest.mark.threat("JWE-026")
@pytest.mark.parametrize("name", CBC_ROWS)
def test_nothing_moves_from_the_aad_into_the_ciphertext(name):
    """The MAC covers the length of the AAD: the same octets cut elsewhere are another message."""
    row, cek, iv, sealed, aad = sample(name)
    with pytest.raises(InvalidTag):
        row.decrypt(cek, iv, sealed, aad + iv)
    with pytest.raises(InvalidTag):
        row.decrypt(cek, iv, Sealed(iv + sealed.ciphertext, sealed.tag), aad[:-1])


@pytest.mark.threat("JWE-020", "JWE-026")
@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("kept", [0, 4, 8, 12, 15])
def test_a_shorter_tag_fails_in_the_row_too(name, kept):
    """Not even a right beginning of the tag is enough."""
    row, cek, iv, sealed, aad = sample(name)
    with pytest.raises(InvalidTag):
        row.decrypt(cek, iv, Sealed(sealed.ciphertext, sealed.tag[:kept]), aad)


@pytest.mark.threat("JWE-027")
@pytest.mark.parametrize("name", CBC_ROWS)
@pytest.mark.parametrize("padded", [b"", bytes(15), bytes(16), b"\x11" * 16, b"a" * 15 + b"\x02"])
def test_a_bad_padding_under_a_good_mac_looks_like_a_bad_mac(name, padded):
    """Only who has the CEK can make one, and even they learn nothing from the answer."""
    row = ENCRYPTIONS[name]
    cek, iv, half = random_key(row), secrets.token_bytes(16), row.key_size // 2
    full = (
        Cipher(AES(cek[half:]), CBC(iv)).encryptor().update(padded.ljust(-(-len(padded) // 16) * 16, b"\0"))
    )
    ciphertext = full[: len(padded)]
    tag = hmac.digest(cek[:half], iv + ciphertext + bytes(8), row.digest)[: row.tag_size]
    with pytest.raises(InvalidTag) as refusal:
        row.decrypt(cek, iv, Sealed(ciphertext, tag), b"")
    assert refusal.value.args == ()


@pytest.mark.threat("JWE-027")
@pytest.mark.parametrize("name", CBC_ROWS)
def test_the_padding_is_never_looked_at_before_the_mac(name):
    """A ciphertext that could not even be decrypted, and one with a bad padding, fail at the MAC alike."""
    row, cek, iv, sealed, aad = sample(name)
    for ciphertext in (sealed.ciphertext[:-1], sealed.ciphertext[:-16], b"", bytes(32)):
        with pytest.raises(InvalidTag) as refusal:
            row.decrypt(cek, iv, Sealed(ciphertext, sealed.tag), aad)
        assert refusal.value.__cause__ is None
