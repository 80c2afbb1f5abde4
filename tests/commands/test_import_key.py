"""`import_key`: the keys that it imports, and one line with the remedy for those it refuses."""

import base64
import json
import secrets
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from django_jwtkit import keys, moments
from django_jwtkit.jose import Key
from django_jwtkit.keys import State, StoredKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    """Write a file and return its name."""

    def file(content, name="key.pem"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return file


def test_a_pem_stands_by(run, file):
    """It signs when its turn comes, under its thumbprint."""
    key = Key.generate("ES256")
    done = run("import_key", "--ring", "access", file(key.to_pem(private=True)), "--json")
    assert done.code == 0
    assert done.data["kid"] == key.thumbprint()
    assert StoredKey.objects.get(kid=key.thumbprint()).state() is State.STANDBY


def test_an_encrypted_pem_asks_for_its_passphrase(run, file, monkeypatch):
    """On a terminal by a prompt that does not echo."""
    key = Key.generate("ES256")
    prompts = []
    monkeypatch.setattr("getpass.getpass", lambda *a, **k: prompts.append(a) or "open sesame")
    pem = file(key.to_pem(private=True, password="open sesame"))
    assert run("import_key", "--ring", "access", pem, typed="").code == 0
    assert prompts


def test_without_a_terminal_the_passphrase_is_the_first_line_of_stdin(run, file):
    """Scripts pipe it; it is never an argument."""
    pem = file(Key.generate("ES256").to_pem(private=True, password="open sesame"))
    assert run("import_key", "--ring", "access", pem, piped="open sesame\n").code == 0
    wrong = file(Key.generate("ES256").to_pem(private=True, password="open sesame"))
    assert run("import_key", "--ring", "access", wrong, piped="wrong\n").code == 1


def test_stdin_cannot_be_key_and_passphrase(run):
    """Then a file is needed."""
    pem = Key.generate("ES256").to_pem(private=True, password="open sesame").decode()
    done = run("import_key", "--ring", "access", "-", piped=pem)
    assert done.code == 2
    assert "as a file" in done.err


def test_an_rsa_jwk_without_its_exponents_is_completed(run):
    """As small tools export it: dp, dq and qi follow from the primes, which must be the right ones."""
    key = Key.generate("RS256", size=2048, kid="small-tool")
    jwk = {name: value for name, value in key.to_dict(private=True).items() if name not in {"dp", "dq", "qi"}}
    done = run("import_key", "--ring", "access", "-", "--json", piped=json.dumps(jwk))
    assert done.data["kid"] == "small-tool"
    for wrong in ({"p": jwk["q"]}, {"q": "AQAB"}, {"p": 1}):
        done = run("import_key", "--ring", "access", "-", piped=json.dumps({**jwk, **wrong, "kid": "other"}))
        assert done.code == 1
        assert "belong together" in done.err
    public = {name: value for name, value in jwk.items() if name != "d"}
    assert run("import_key", "--ring", "access", "-", piped=json.dumps(public)).code == 1


@pytest.mark.parametrize("kid", ["a/b", "two words", "did:web:example.com#key-1"])
def test_a_foreign_kid_needs_another_name_here(run, kid):
    """A key that is stored has a plain one; the message says how."""
    jwk = json.dumps(Key.generate("ES256", kid=kid).to_dict(private=True))
    done = run("import_key", "--ring", "access", "-", piped=jwk)
    assert done.code == 1
    assert "--kid" in done.err
    assert run("import_key", "--ring", "access", "-", "--kid", "plain", piped=jwk).code == 0


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda pem: pem.replace(b"\n", b"\\n"), "two characters"),
        (lambda pem: b"\xef\xbb\xbf" + pem, "byte-order mark"),
        (lambda pem: pem.decode().encode("utf-16"), "UTF-16"),
        (base64.b64encode, "base64 of a PEM"),
        (lambda pem: base64.b64decode(b"".join(pem.split(b"\n")[1:-2])), "openssl pkey -inform DER"),
    ],
)
def test_a_spoilt_file_is_told_what_is_wrong_with_it(run, file, spoil, words):
    """In one line that names the file."""
    name = file(spoil(Key.generate("ES256").to_pem(private=True)))
    done = run("import_key", "--ring", "access", name)
    assert done.code == 1
    assert words in done.err
    assert name in done.err


def test_a_jwk_keeps_its_kid(run):
    """By stdin, with the name that its tokens carry already."""
    jwk = json.dumps(Key.generate("ES256", kid="old-issuer-1").to_dict(private=True))
    assert run("import_key", "--ring", "access", "-", "--json", piped=jwk).data["kid"] == "old-issuer-1"


def test_verify_only_ends_by_itself(run, file):
    """Without --until: when the last token made before the move has expired."""
    pem = file(Key.generate("RS256").public().to_pem())
    done = run("import_key", "--ring", "access", "--algorithm", "RS256", "--verify-only", pem, "--json")
    row = StoredKey.objects.get(kid=done.data["kid"])
    assert row.state() is State.VERIFY_ONLY
    assert timedelta(minutes=5) <= row.verify_until - moments.now() <= timedelta(minutes=10)


@pytest.mark.parametrize("until", ["2999-01-31", "2999-01-31T12:00Z", "2999-01-31T12:00:00+02:00"])
def test_until_is_iso_8601(run, file, until):
    """A day, or a moment."""
    pem = file(Key.generate("ES256").public().to_pem())
    done = run("import_key", "--ring", "access", "--verify-only", "--until", until, pem, "--json")
    assert done.data["verify_until"].startswith("2999-01-31T")


NOWHERE = ["0001-01-01T00:00+23:59", "9999-12-31T23:59:59-23:59"]  # UTC has no date for them


def test_trust_may_last_until_the_end_of_the_calendar(run, file):
    """No sum of dates goes beyond it, in this command or in a later one, and no zone of a database."""
    pem = file(Key.generate("ES256").to_pem())
    late = run("import_key", "--ring", "access", "--verify-only", "--until", "9999-12-31", pem)
    assert late.code == 1
    assert "Trust must end by 9999-12-31 00:00 UTC" in " ".join(late.err.split())
    done = run("import_key", "--ring", "access", "--verify-only", "--until", "9999-12-30", pem, "--json")
    assert done.data["verify_until"].startswith("9999-12-3")
    for command in ("list_keys", "rotate_keys", "keys_status"):
        assert run(command).code == 0
    assert run("revoke_key", "--reason", "test", "--noinput", "--", done.data["kid"]).code == 0


@pytest.mark.parametrize("until", ["soon", "2999-02-31", "2001-01-01", "0001-01-01", *NOWHERE])
def test_a_bad_end_is_usage(run, file, until):
    """No time, no such day, or over."""
    pem = file(Key.generate("ES256").public().to_pem())
    assert run("import_key", "--ring", "access", "--verify-only", "--until", until, pem).code == 2
    assert run("import_key", "--ring", "access", "--until", "2999-01-31", pem).code == 2


def test_a_secret_comes_by_stdin(run):
    """HMAC: the bare octets, or a JWK."""
    secret = secrets.token_urlsafe(48)
    done = run("import_key", "--ring", "refresh", "--algorithm", "HS256", "-", "--json", piped=f"{secret}\n")
    assert done.code == 0
    assert done.data["algorithm"] == "HS256"
    assert secret not in done.out + done.err


@pytest.mark.threat("KEY-003", "KEY-005", "CONF-011")
@pytest.mark.parametrize(
    "secret",
    [
        "secret",
        "a" * 64,
        "my-super-secret-key-that-is-long-enough-for-hs256",
        "django-insecure-" + "x7Kq9v2mZ4pL8wR3tY6uB1nC5dF0gH" * 2,
        "abababababababababababababababababababababababab",
        "/etc/ssl/private/server/of/the/company/key.pem",
    ],
)
def test_a_weak_secret_is_refused(run, secret):
    """Short, patterned, from a tutorial, or no secret at all: no warning mode."""
    before = StoredKey.objects.count()
    assert run("import_key", "--ring", "refresh", "--algorithm", "HS256", "-", piped=secret).code == 1
    assert StoredKey.objects.count() == before


@pytest.mark.threat("KEY-004")
def test_the_secret_key_is_refused(run, settings):
    """Anyone who reads the settings must not be able to sign; a fallback is no better."""
    settings.SECRET_KEY_FALLBACKS = ["kX9-the-one-before-Q7z3Lw8Rt5Yp2Vn6Bm1Cd4Fg0Hj"]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        done = run("import_key", "--ring", "refresh", "--algorithm", "HS256", "-", piped=secret)
        assert done.code == 1
        assert "SECRET_KEY" in done.err
        assert secret not in done.err


def _certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example")])
    now = moments.now()
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _short_rsa():
    key = rsa.generate_private_key(65537, 1024)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.threat("KEY-021")
@pytest.mark.parametrize(
    ("content", "algorithm", "words"),
    [
        (_certificate, "ES256", "certificate"),
        (lambda: Key.generate("ES256").public().to_pem(), "ES256", "--verify-only"),
        (_short_rsa, "RS256", "2048"),
        (lambda: Key.generate("RS256").to_pem(private=True), "ES256", "ES256"),
        (lambda: b"hello", "ES256", "PEM"),
        (lambda: b"{}", "ES256", "kty"),
        (lambda: b'{"keys": []}', "ES256", "JWK Set"),
        (lambda: b'{"kty": "EC", "kty": "RSA"}', "ES256", "JWK"),
        (lambda: b"", "ES256", "empty"),
        (lambda: b"x" * 70_000, "ES256", "longer than"),
    ],
)
def test_what_is_refused_is_refused_in_one_line(run, file, content, algorithm, words):
    """What it is, and what to do; never a traceback."""
    done = run("import_key", "--ring", "access", "--algorithm", algorithm, file(content()))
    assert done.code == 1
    assert words in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_a_missing_file_is_one_line(run, tmp_path):
    """And so is a folder."""
    for name in (tmp_path / "nothing.pem", tmp_path):
        done = run("import_key", "--ring", "access", str(name))
        assert done.code == 1
        assert len(done.err.strip().splitlines()) == 1


def test_a_revoked_kid_never_comes_back(run, file, a_key):
    """A denied key stays denied."""
    key = Key.generate("ES256")
    name = file(key.to_pem(private=True))
    run("import_key", "--ring", "access", name)
    keys.revoke(key.thumbprint(), reason="leaked")
    assert run("import_key", "--ring", "access", name).code == 1


def test_the_first_key_of_an_empty_ring_signs_now(run, file):
    """And what comes next is to delete the file."""
    StoredKey.objects.all().delete()
    done = run("import_key", "--ring", "access", file(Key.generate("ES256").to_pem(private=True)))
    assert "It is ACTIVE" in done.out
    assert "Delete the file" in done.out


@pytest.mark.parametrize("kid", ["a b", "", "x" * 129, "ä"])
def test_a_kid_that_no_header_may_carry_is_usage(run, file, kid):
    """Said of the option that was given."""
    done = run(
        "import_key", "--ring", "access", "--kid", kid, file(Key.generate("ES256").to_pem(private=True))
    )
    assert done.code == 2
    assert "--kid" in done.err


def test_there_is_no_file_to_delete_of_what_came_by_stdin(run):
    """And no word of one; sentences end once."""
    pem = Key.generate("ES256").to_pem(private=True).decode()
    assert "Delete" not in run("import_key", "--ring", "access", "-", piped=pem).out
    assert "?." not in run("import_key", "--ring", "access", "-", piped="ö").err
