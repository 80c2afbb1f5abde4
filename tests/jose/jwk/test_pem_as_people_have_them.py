"""Keys as files and environment variables bring them: read, or refused in words that name what was seen."""

import base64
import json
import shutil
import subprocess
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key, KeySet
from django_jwtkit.jose.jwk.der import MAX_ROUNDS, MAX_SCRYPT_OCTETS, check_cost, elements
from tests.jose.jwa.test_key_types import next_prime
from tests.jose.signing import key, public

PRIVATE, PUBLIC = key("ES256").to_pem(private=True), key("ES256").to_pem()
RSA_PRIVATE = key("RS256").to_pem(private=True)


def refused(pem, *words, alg="ES256", **options):
    """Demand a refusal in one line that says all of `words`, and nothing of the key."""
    with pytest.raises(KeyUnusableError) as refusal:
        Key.from_pem(pem, alg=alg, **options)
    message = str(refusal.value)
    for word in words:
        assert word in message
    assert message.isprintable()
    assert not any(line and line in message for line in str(pem).splitlines() if len(line) > 40)
    return message


def openssl(*arguments, stdin=None):
    """Return what the real command writes; skip the test where there is none."""
    program = shutil.which(arguments[0])
    if program is None:
        pytest.skip(f"needs {arguments[0]}")
    return subprocess.run(
        [program, *arguments[1:]], input=stdin, capture_output=True, check=True, timeout=60
    ).stdout


@pytest.mark.parametrize("curve", ["prime256v1", "secp521r1"])
def test_the_file_of_most_tutorials_is_read(curve):
    """`openssl ecparam -genkey` writes the parameters first, which the key repeats."""
    pem = openssl("openssl", "ecparam", "-name", curve, "-genkey")
    assert pem.startswith(b"-----BEGIN EC PARAMETERS-----")
    alg = {"prime256v1": "ES256", "secp521r1": "ES512"}[curve]
    item = Key.from_pem(pem, alg=alg)
    assert item.private
    assert item == Key.from_pem(pem.replace(b"\n", b"\r\n").decode(), alg=alg)
    parameters = pem[: pem.index(b"-----BEGIN EC PRIVATE KEY")]
    refused(parameters, "the key is missing")
    refused(parameters + PUBLIC, "must be exactly one object", "EC PARAMETERS, PUBLIC KEY")
    refused(pem[len(parameters) :] + parameters, "must be exactly one")
    refused(parameters + parameters + pem[len(parameters) :], "must be exactly one")


@pytest.mark.parametrize("pem", [PRIVATE, PUBLIC, RSA_PRIVATE], ids=["ec", "public", "rsa"])
def test_an_environment_variable_spoils_line_ends(pem):
    """As two characters, with quotes or not, as carriage returns alone."""
    alg = "RS256" if pem is RSA_PRIVATE else "ES256"
    text = pem.decode()
    escaped = text.replace("\n", "\\n")
    refused(escaped, "the two characters \\n", "printf '%b'", alg=alg)
    refused(escaped.encode(), "the two characters \\n", alg=alg)
    refused(f'"{escaped}"', "the two characters \\n", "quotes", alg=alg)
    refused(text.replace("\n", "\\r\\n"), "the two characters", alg=alg)
    refused(text.replace("\n", "\r"), "carriage returns", alg=alg)
    for quote in ("'", '"', "`"):
        refused(f"{quote}{text.strip()}{quote}\n", "quotes", alg=alg)
    # What the messages recommend works.
    assert Key.from_pem(escaped.replace("\\n", "\n"), alg=alg).alg == alg
    assert Key.from_pem(text.replace("\n", "\r").replace("\r", "\n"), alg=alg).alg == alg
    shell = openssl("sh", "-c", "printf '%b' \"$KEY\"".replace("$KEY", escaped))
    assert Key.from_pem(shell, alg=alg).alg == alg


def test_lines_of_any_length_are_read():
    """All of the base64 on one line, or ten characters a line, indented or not."""
    head, *body, tail = PRIVATE.decode().strip().split("\n")
    full = "".join(body)
    for lines in (
        [full],
        [full[i : i + 10] for i in range(0, len(full), 10)],
        [f"  {line}" for line in body],
    ):
        assert Key.from_pem("\n".join([head, *lines, tail]), alg="ES256") == Key.from_pem(
            PRIVATE, alg="ES256"
        )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_named(encoding):
    """As an editor of Windows saves it."""
    refused(PRIVATE.decode().encode(encoding), "UTF-16")


def test_a_byte_order_mark_is_named():
    """As bytes and as text."""
    refused(b"\xef\xbb\xbf" + PRIVATE, "byte-order mark")
    refused("\ufeff" + PRIVATE.decode(), "byte-order mark")
    refused(b"\xef\xbb\xbf" + json.dumps(public("ES256").to_dict()).encode(), "byte-order mark")


def test_der_is_named_with_the_command_that_makes_a_pem():
    """Public, private, encrypted; and the command does."""
    item = key("ES256")
    spki = item.native_public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pkcs8 = item.native_private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for der in (
        spki,
        pkcs8,
        key("RS256").native_private.private_bytes(
            Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        ),
    ):
        refused(der, "DER", "openssl pkey -inform DER")
    assert (
        Key.from_pem(openssl("openssl", "pkey", "-inform", "DER", stdin=pkcs8), alg="ES256", kid=item.kid)
        == item
    )
    pem = openssl("openssl", "pkey", "-inform", "DER", "-pubin", "-pubout", stdin=spki)
    assert Key.from_pem(pem, alg="ES256", kid=item.kid) == item.public()


def test_base64_is_named():
    """Of a whole PEM, as secret stores hand it out, and of the DER in it."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes):
        refused(encode(PRIVATE), "base64 of a PEM")
        refused(encode(PRIVATE).decode(), "base64 of a PEM")
    body = b"".join(PRIVATE.strip().split(b"\n")[1:-1])
    refused(body, "base64 of DER", "BEGIN PRIVATE KEY")


def test_a_certificate_is_named_wherever_it_stands():
    """Between its own lines, between those of a key, in DER."""
    pem = openssl(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", "/dev/null"
    )
    pem = pem[pem.index(b"-----BEGIN CERTIFICATE") :]
    for label in (b"CERTIFICATE", b"PUBLIC KEY", b"RSA PUBLIC KEY", b"TRUSTED CERTIFICATE", b"PRIVATE KEY"):
        refused(pem.replace(b"CERTIFICATE", label), "certificate", "openssl x509", alg="RS256")
    refused(openssl("openssl", "x509", "-outform", "DER", stdin=pem), "certificate in DER", "-inform DER")
    assert Key.from_pem(openssl("openssl", "x509", "-pubkey", "-noout", stdin=pem), alg="RS256")
    refused(PRIVATE + pem, "must be exactly one object", "PRIVATE KEY, CERTIFICATE")
    request = openssl(
        "openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", "/dev/null"
    )
    refused(request, "certificate request", "openssl req -pubkey", alg="RS256")


def test_a_pkcs12_store_is_named():
    """And what openssl takes out of it, with its Bag Attributes, too."""
    store = pkcs12.serialize_key_and_certificates(
        b"x", key("RS256").native_private, None, None, BestAvailableEncryption(b"x")
    )
    refused(store, "PKCS #12", "openssl pkcs12", alg="RS256")
    refused(
        b"Bag Attributes\n    friendlyName: x\nKey Attributes: <No Attributes>\n" + RSA_PRIVATE,
        "text around",
        alg="RS256",
    )
    refused(b"\xfe\xed\xfe\xed\0\0\0\2" + bytes(30), "Java key store")


@pytest.mark.parametrize(("kind", "alg"), [("rsa", "RS256"), ("ecdsa", "ES256"), ("ed25519", "Ed25519")])
def test_an_ssh_key_is_named(kind, alg, tmp_path):
    """With the command, which makes one that is read; for ssh-ed25519 there is none in older versions."""
    file = tmp_path / "id"
    openssl("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(file))
    text = file.with_suffix(".pub").read_text()
    refused(text, "ssh-keygen -e -m PKCS8 -f FILE", alg=alg)
    refused(file.read_bytes(), "ssh-keygen -p -m PKCS8", alg=alg)
    if kind != "ed25519":
        pem = openssl("ssh-keygen", "-e", "-m", "PKCS8", "-f", str(file.with_suffix(".pub")))
        assert Key.from_pem(pem, alg=alg).alg == alg
    refused(openssl("ssh-keygen", "-e", "-m", "RFC4716", "-f", str(file)), "RFC 4716", alg=alg)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "puttygen"),
        (json.dumps(public("ES256").to_dict()), "Key.from_dict"),
        ('  {"keys": []}', "KeySet.published"),
        ("keys/private.pem", "name of a file"),
        ("/etc/ssl/key.pem\n", "name of a file"),
        (r"C:\keys\private.key", "name of a file"),
        ("https://idp.example/jwks", "it is a URL"),
        ("hello", "must be exactly one"),
    ],
)
def test_what_is_no_pem_at_all_is_named(text, word):
    """As text and as bytes."""
    refused(text, word)
    refused(text.encode(), word)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (PRIVATE, "Key.from_pem"),
        (PRIVATE.decode(), "Key.from_pem"),
        ('{"kty": "EC"}', "json.loads"),
        (b'{"kty": "EC"}', "json.loads"),
        ({"keys": []}, "KeySet.published"),
        ({"jwks_uri": "https://x.example"}, "jwks_uri"),
        (None, "NoneType"),
        (["x"], "list"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_jwk_is_named(value, word):
    """A PEM, JSON text, a whole set."""
    with pytest.raises(KeyUnusableError, match=word) as refusal:
        Key.from_dict(value)
    assert "MHc" not in str(refusal.value)


def test_what_is_wrong_about_the_call_is_told():
    """By the same error, for the algorithm may come from a setting."""
    for alg in (None, 1, ["ES256"], "", "es256"):
        with pytest.raises(KeyUnusableError):
            Key.from_pem(PUBLIC, alg=alg)
    for call in (
        lambda: Key.generate("dir", size=[32]),
        lambda: Key.generate("RS256", size="2048"),
        lambda: Key.generate(["ES256"]),
        lambda: Key.generate("ECDH-ES", crv=["P-256"]),
    ):
        with pytest.raises(KeyUnusableError):
            call()


def tlv(tag, *parts):
    """Return an element in DER."""
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def number(value):
    """Return an INTEGER."""
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def pem_of(der, label="PRIVATE KEY"):
    """Return a PEM."""
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"


PBES2, PBKDF2 = tlv(6, bytes.fromhex("2a864886f70d01050d")), tlv(6, bytes.fromhex("2a864886f70d01050c"))
SCRYPT = tlv(6, bytes.fromhex("2b06010401da47040b"))
AES = tlv(0x30, tlv(6, bytes.fromhex("60864801650304012a")), tlv(4, bytes(16)))
DES = tlv(6, bytes.fromhex("2a864886f70d010c0103"))  # pbeWithSHAAnd3-KeyTripleDES-CBC


def encrypted(*derivation, scheme=None):
    """Return an encrypted PEM that asks for this."""
    algorithm = tlv(0x30, *derivation) if scheme is None else scheme
    der = tlv(
        0x30, tlv(0x30, PBES2, tlv(0x30, algorithm, AES)) if scheme is None else scheme, tlv(4, bytes(64))
    )
    return pem_of(der, "ENCRYPTED PRIVATE KEY")


HASTY = [
    pytest.param(encrypted(PBKDF2, tlv(0x30, tlv(4, bytes(8)), number(2**31 - 1))), "rounds", id="pbkdf2"),
    pytest.param(
        encrypted(PBKDF2, tlv(0x30, tlv(4, bytes(8)), number(MAX_ROUNDS + 1))), "rounds", id="one-too-many"
    ),
    pytest.param(encrypted(PBKDF2, tlv(0x30, tlv(4, bytes(8)), number(2**4000))), "rounds", id="endless"),
    pytest.param(
        encrypted(SCRYPT, tlv(0x30, tlv(4, bytes(8)), number(2**17), number(8), number(1))),
        "MiB",
        id="scrypt-n",
    ),
    pytest.param(
        encrypted(SCRYPT, tlv(0x30, tlv(4, bytes(8)), number(2**14), number(64), number(1))),
        "MiB",
        id="scrypt-r",
    ),
    pytest.param(
        encrypted(SCRYPT, tlv(0x30, tlv(4, bytes(8)), number(2**10), number(8), number(2**20))),
        "times",
        id="scrypt-p",
    ),
    pytest.param(
        encrypted(scheme=tlv(0x30, DES, tlv(0x30, tlv(4, bytes(8)), number(2**31 - 1)))),
        "rounds",
        id="pkcs12",
    ),
    pytest.param(encrypted(PBKDF2, tlv(0x30, tlv(4, bytes(8)))), "cannot be read", id="no-rounds"),
    pytest.param(encrypted(PBKDF2), "cannot be read", id="no-parameters"),
]


@pytest.mark.threat("DOS-009")
@pytest.mark.parametrize(("pem", "word"), HASTY)
def test_a_password_that_takes_too_long_is_not_tried(pem, word):
    """Seen before a single round."""
    for label in ("ENCRYPTED PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "PUBLIC KEY"):
        begun = time.process_time()
        refused(pem.replace("ENCRYPTED PRIVATE KEY", label), word, password="x")
        assert time.process_time() - begun < 0.5


@pytest.mark.threat("DOS-009")
@pytest.mark.parametrize(
    "headers", ["X: y", "Proc-Type: 4,ENCRYPTED", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00", "a:b"]
)
@pytest.mark.parametrize(
    "label", ["ENCRYPTED PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"]
)
def test_headers_do_not_hide_what_a_password_takes(headers, label):
    """Only a traditional key has them, and nothing but what follows from a single round."""
    pem = HASTY[0].values[0].replace("ENCRYPTED PRIVATE KEY", label)
    begun = time.process_time()
    refused(pem.replace("KEY-----\n", f"KEY-----\n{headers}\n\n", 1), "cannot be read", password="x")
    assert time.process_time() - begun < 0.5
    # A good key behind them would be read, had it been handed on.
    real = openssl(
        "openssl", "pkcs8", "-topk8", "-iter", "1000", "-passout", "pass:x", stdin=PRIVATE
    ).decode()
    refused(real.replace("KEY-----\n", f"KEY-----\n{headers}\n\n", 1), "cannot be read", password="x")


def test_the_largest_that_is_asked_of_a_password_is_tried():
    """600,000 rounds as OWASP has it, and scrypt with 64 MiB."""
    pem = openssl("openssl", "pkcs8", "-topk8", "-iter", "600000", "-passout", "pass:x", stdin=PRIVATE)
    assert Key.from_pem(pem, alg="ES256", password="x").private
    refused(pem, "wrong password", password="y")
    most = ("-scrypt", "-scrypt_N", str(MAX_SCRYPT_OCTETS // 128 // 8), "-scrypt_r", "8", "-scrypt_p", "1")
    pem = openssl("openssl", "pkcs8", "-topk8", *most[:1], "-passout", "pass:x", stdin=PRIVATE)
    assert Key.from_pem(pem, alg="ES256", password="x").private


def rsa_numbers(bits):
    """Return the DER of an RSA private key of numbers that fit one another by size only."""
    n, half = (1 << bits) - 1, (1 << bits // 2) - 1
    return tlv(0x30, *map(number, (0, n, 65537, n, half, half, half, half, half)))


RSA_ID = tlv(0x30, tlv(6, bytes.fromhex("2a864886f70d010101")), tlv(5))


@pytest.mark.threat("RSA-008", "DOS-013")
@pytest.mark.parametrize("bits", [8200, 16384, 40_000])
def test_an_rsa_key_is_measured_before_it_is_reckoned_with(bits):
    """In each form of a PEM, and in a JWK, be it the modulus or another number."""
    numbers = rsa_numbers(bits)
    public_numbers = tlv(0x30, number((1 << bits) - 1), number(65537))
    forms = {
        "RSA PRIVATE KEY": numbers,
        "PRIVATE KEY": tlv(0x30, number(0), RSA_ID, tlv(4, numbers)),
        "RSA PUBLIC KEY": public_numbers,
        "PUBLIC KEY": tlv(0x30, RSA_ID, tlv(3, b"\0", public_numbers)),
    }
    begun = time.process_time()
    for label, der in forms.items():
        refused(pem_of(der, label), "2048 to 8192 bits", alg="RS256")
    jwk = key("RS256").to_dict(private=True)
    long = base64.urlsafe_b64encode((1 << bits).to_bytes(bits // 8 + 1, "big")).rstrip(b"=").decode()
    for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi"):
        with pytest.raises(KeyUnusableError, match="2048 to 8192 bits"):
            Key.from_dict(jwk | {name: long})
    assert time.process_time() - begun < 1


@pytest.mark.threat("RSA-009")
def test_numbers_that_are_no_key_are_still_found_out():
    """What the PEM's reader does not prove, the key's own reader does."""
    refused(pem_of(rsa_numbers(2048), "RSA PRIVATE KEY"), "cannot be read", alg="RS256")
    numbers = key("RS256").native_private.private_numbers()
    other = rsa.generate_private_key(65537, 2048).private_numbers()
    parts = [
        0,
        numbers.public_numbers.n,
        65537,
        other.d,
        numbers.p,
        numbers.q,
        numbers.dmp1,
        numbers.dmq1,
        numbers.iqmp,
    ]
    refused(pem_of(tlv(0x30, *map(number, parts)), "RSA PRIVATE KEY"), alg="RS256")


@pytest.mark.threat("RSA-009", "DOS-013")
def test_a_private_key_without_primes_is_bounded_work():
    """A modulus that is a prime has no two to be found: the search ends."""
    prime = next_prime((1 << 2048) - (1 << 1000))
    d = pow(65537, -1, prime - 1)
    encode = lambda value: base64.urlsafe_b64encode(value.to_bytes(256, "big")).rstrip(b"=").decode()  # noqa: E731
    begun = time.process_time()
    with pytest.raises(KeyUnusableError):
        Key.from_dict({"kty": "RSA", "alg": "RS256", "n": encode(prime), "e": "AQAB", "d": encode(d)})
    assert time.process_time() - begun < 10


@pytest.mark.threat("EC-011")
def test_a_curve_that_is_spelt_out_is_refused():
    """With the command that names it."""
    pem = openssl("openssl", "ecparam", "-name", "prime256v1", "-param_enc", "explicit", "-genkey", "-noout")
    refused(pem, "-param_enc named_curve")
    pkcs8 = openssl("openssl", "pkcs8", "-topk8", "-nocrypt", stdin=pem)
    refused(pkcs8, "explicit curve parameters")
    refused(openssl("openssl", "ec", "-pubout", stdin=pem), "explicit curve parameters")
    assert Key.from_pem(openssl("openssl", "ec", "-param_enc", "named_curve", stdin=pem), alg="ES256").private


def test_a_key_of_another_kind_is_refused_by_its_name():
    """Before OpenSSL looks at its numbers: a Diffie-Hellman group takes a second."""
    der = tlv(
        0x30,
        number(0),
        tlv(
            0x30,
            tlv(6, bytes.fromhex("2a864886f70d010301")),
            tlv(0x30, number((1 << 2048) - 1942289), number(2)),
        ),
        tlv(4, number(5)),
    )
    refused(pem_of(der), "JOSE has no algorithm for")
    native = ec.generate_private_key(ec.BrainpoolP256R1())
    refused(native.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "no algorithm")


def test_nothing_is_read_but_what_was_judged():
    """Base64 with anything else in it, which another reader might skip, is damaged."""
    head, *body, tail = PRIVATE.decode().strip().split("\n")
    for spoilt in ("!", "é", "-", "=", "\\", "\0"):
        text = "\n".join([head, spoilt + body[0], *body[1:], tail])
        with pytest.raises(KeyUnusableError):
            Key.from_pem(text, alg="ES256")


@given(
    st.binary(max_size=60)
    | st.binary(max_size=20).map(lambda octets: tlv(0x30, tlv(0x30, octets), tlv(4, octets)))
)
def test_any_octets_as_der(octets):
    """Elements, or a refusal of ours."""
    for read in (elements, check_cost):
        try:
            read(octets)
        except KeyUnusableError:
            continue


@given(
    st.sampled_from([PRIVATE, PUBLIC, RSA_PRIVATE, key("ES256").to_pem(private=True, password="x")]),
    st.data(),
)
def test_any_change_of_the_octets_in_a_pem(pem, data):
    """A key, or a refusal of ours."""
    label = pem.split(b"-----")[1].removeprefix(b"BEGIN ").decode()
    der = bytearray(base64.b64decode(b"".join(pem.strip().split(b"\n")[1:-1])))
    place = data.draw(st.integers(0, len(der) - 1))
    der[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    try:
        item = Key.from_pem(
            pem_of(bytes(der), label),
            alg="RS256" if pem is RSA_PRIVATE else "ES256",
            password="x" if "ENC" in label else None,
        )
    except KeyUnusableError:
        return
    assert item.alg in {"RS256", "ES256"}


@given(
    st.text(max_size=200) | st.binary(max_size=200),
    st.sampled_from(["", "-----BEGIN PRIVATE KEY-----", "-----BEGIN "]),
)
def test_any_text_instead_of_a_key(value, begin):
    """Refused in one printable line by whatever reads keys."""
    text = (begin if isinstance(value, str) else begin.encode()) + value
    for read in (
        lambda: Key.from_pem(text, alg="ES256"),
        lambda: Key.from_dict(text),
        lambda: KeySet.published(text),
    ):
        with pytest.raises(KeyUnusableError) as refusal:
            read()
        assert str(refusal.value).isprintable()
