"""`generate_key` and `export_jwks`."""

import json
import os
from datetime import timedelta

import pytest

from django_jwtkit import keys
from django_jwtkit.jose import Key
from django_jwtkit.keys import State, StoredKey

pytestmark = pytest.mark.django_db


def test_the_first_key_of_a_ring_signs_at_once(run, a_key):
    """And a standby is made behind it."""
    StoredKey.objects.all().delete()
    done = run("generate_key", "--json")
    assert done.code == 0
    assert a_key().kid in done.data["kids"]
    assert a_key(state=State.STANDBY).kid in done.data["kids"]


def test_another_key_stands_by(run, a_key):
    """It waits at the end of the line, and nothing changes today."""
    before = a_key().kid
    (kid,) = run("generate_key", "--ring", "access", "--algorithm", "RS256", "--json").data["kids"]
    row = StoredKey.objects.get(kid=kid)
    assert (row.alg, row.state()) == ("RS256", State.STANDBY)
    assert a_key().kid == before


@pytest.mark.parametrize(
    ("ring", "wrong", "near"), [("access", "es256", "ES256"), ("encryption", "A256K", "A256KW")]
)
def test_a_mistyped_algorithm_is_usage(run, ring, wrong, near):
    """Exit 2, with the nearest name; nothing is made."""
    before = StoredKey.objects.count()
    done = run("generate_key", "--ring", ring, "--algorithm", wrong)
    assert done.code == 2
    assert near in done.err
    assert StoredKey.objects.count() == before


def test_a_ring_with_consumers_gets_no_key_that_they_cannot_verify(run, settings):
    """HMAC has no public key. A ring that nobody else reads may have it."""
    before = StoredKey.objects.count()
    done = run("generate_key", "--ring", "access", "--algorithm", "HS256")
    assert done.code == 1
    assert "HS256 has no public key, and ring access is published" in " ".join(done.err.split())
    assert StoredKey.objects.count() == before
    settings.JWTKIT = {"KEY_RINGS": {"access": {"PUBLISH": False}}}
    assert run("generate_key", "--ring", "access", "--algorithm", "HS256").code == 0


@pytest.mark.threat("LEAK-010")
def test_the_secret_is_never_printed(run):
    """A log of the job holds nothing that signs."""
    done = run("generate_key", "--ring", "refresh", "--json")
    (kid,) = done.data["kids"]
    secret = (
        keys.snapshots.Entry.of(StoredKey.objects.get(kid=kid), None).private().to_dict(private=True)["k"]
    )
    assert secret not in done.out + done.err


def test_export_prints_the_set_that_the_endpoint_shows(run):
    """Text mode is JSON as well: a file for those who cannot fetch it."""
    done = run("export_jwks")
    assert json.loads(done.out) == run("export_jwks", "--json").data == keys.jwks()
    assert len(done.data["keys"]) == 2


@pytest.mark.threat("KEY-013", "KEY-012")
def test_export_has_no_symmetric_key_and_no_private_member(run, settings):
    """Whatever is asked for."""
    settings.JWTKIT = {"KEY_RINGS": {"partners": {"ALGORITHM": "Ed25519"}}}
    run("rotate_keys")
    assert run("export_jwks", "--ring", "refresh").data == {"keys": []}
    exported = run("export_jwks", "--ring", "partners").data["keys"]
    assert {key["kty"] for key in exported} == {"OKP"}
    assert all("d" not in key for key in exported)


def test_export_leaves_out_what_is_revoked(run, a_key):
    """Also of a single ring."""
    kid = a_key().kid
    keys.revoke(kid, reason="test")
    assert kid not in run("export_jwks").out
    assert kid not in run("export_jwks", "--ring", "access").out


def test_export_of_an_unknown_ring_is_usage(run):
    """Not an empty set, which a consumer would believe."""
    done = run("export_jwks", "--ring", "acess")
    assert done.code == 2
    assert done.out == ""


@pytest.fixture
def export(run, tmp_path):
    """Export into a folder that is not there yet; return the outcome of `--json`, or of text."""
    folder = tmp_path / "etc" / "jwt"

    def export(*args, json=True):
        done = run("export_jwks", "--pem", str(folder), *args, *(["--json"] if json else []))
        assert (done.code, done.err) == (0, "")
        return done.data if json else done.out

    export.folder = folder
    return export


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_a_pem_file_is_written_for_each_published_key(export):
    """Standby included; the name is the kid, the content the public key alone, for everybody to read."""
    published = {key["kid"]: key for key in keys.jwks()["keys"]}
    done = export()
    assert names(export.folder) == sorted(done["written"]) == sorted(f"{kid}.pem" for kid in published)
    assert done["keys"] == list(published.values())
    for kid, jwk in published.items():
        file = export.folder / f"{kid}.pem"
        assert Key.from_pem(file.read_bytes(), alg="ES256", kid=kid).to_dict() == jwk
        assert b"PRIVATE" not in file.read_bytes()
        assert file.stat().st_mode & 0o444 == 0o666 & ~_umask() & 0o444


def _umask():
    os.umask(umask := os.umask(0))
    return umask


def test_an_export_says_what_it_wrote_and_when_to_run_again(export, a_key):
    """A reload is needed only where a file has changed."""
    standby = a_key(state=State.STANDBY)
    first, second = export(json=False).splitlines(), export(json=False).splitlines()
    assert f"Wrote: {export.folder / standby.kid}.pem (STANDBY)" in first
    assert [line.split(":")[0] for line in second] == ["Unchanged", "Unchanged", "Next"]
    assert f"after {standby.sign_from:%Y-%m-%d %H:%M} UTC, when the next standby is there" in first[-1]
    assert export()["written"] == []


def test_the_file_of_a_key_that_is_not_trusted_any_more_is_removed(export, a_key, later, settings):
    """A program that reads the folder would go on trusting it, also when the key has leaked."""
    revoked, standby, old = a_key(), a_key(state=State.STANDBY), Key.generate("RS256").public()
    keys.import_key("access", old, verify_until=keys.now() + timedelta(days=1))
    export()
    keys.revoke(revoked.kid, reason="leaked")
    done = export(json=False)
    assert f"Removed: {export.folder / revoked.kid}.pem (its key is not trusted any more)" in done
    settings.JWTKIT = {"DENY_KIDS": [standby.kid]}
    assert export()["removed"] == [f"{standby.kid}.pem"]
    with later(timedelta(days=3)):
        assert export()["removed"] == [f"{old.kid}.pem"]
    assert len(names(export.folder)) == 1


def test_files_of_others_are_named_and_left_alone(export, run, a_key, settings):
    """Another issuer's key, another ring's, and a folder that only looks like one of ours."""
    settings.JWTKIT = {"KEY_RINGS": {"partners": {"ALGORITHM": "ES256"}}}
    run("rotate_keys")
    partner = export("--ring", "partners")["written"]
    revoked = a_key()
    keys.revoke(revoked.kid, reason="test")
    (export.folder / "theirs.pem").write_text("x")
    (export.folder / f"{revoked.kid}.pem.d").mkdir()
    done = export()
    assert done["others"] == sorted([*partner, "theirs.pem"])
    assert done["removed"] == []
    assert "theirs.pem (no exported key has that name)" in export(json=False)


@pytest.mark.threat("LEAK-010")
def test_a_symmetric_key_is_never_a_file(run, tmp_path):
    """The folder is made, and stays empty."""
    done = run("export_jwks", "--pem", str(tmp_path / "x"), "--ring", "refresh", "--json")
    assert (done.code, done.data["written"], names(tmp_path / "x")) == (0, [], [])


@pytest.mark.parametrize("kid", ["..", ".", "-rf", "~", "a:b@c=+", "a" * 128])
def test_an_odd_kid_is_a_file_of_its_folder(export, kid):
    """All that an import accepts."""
    key = Key.generate("ES256", kid=kid)
    keys.import_key("access", key.public(), verify_until=keys.now() + timedelta(days=1))
    assert f"{kid}.pem" in export()["written"]
    assert len(names(export.folder)) == 3
    assert names(export.folder.parent) == ["jwt"]


def test_a_kid_never_chooses_another_folder(run, tmp_path, monkeypatch):
    """Even if all that guards a row has failed."""
    StoredKey.objects.filter(ring_id="access").update(public_jwk="")
    key = Key.generate("ES256", kid="../../x").public()
    row = StoredKey.objects.filter(ring_id="access").first()
    monkeypatch.setattr(
        "django_jwtkit.management.commands.export_jwks.Command._public_keys", lambda *_: [(row, key)]
    )
    done = run("export_jwks", "--pem", str(tmp_path / "a" / "b" / "c"))
    assert (done.code, names(tmp_path)) == (1, [])
    assert "cannot be the name of a file" in done.err


def test_a_folder_that_cannot_be_written_is_a_failure(run, tmp_path):
    """In one sentence that names it."""
    (tmp_path / "file").write_text("")
    done = run("export_jwks", "--pem", str(tmp_path / "file"))
    assert done.code == 1
    assert f"{tmp_path / 'file'} cannot be written" in done.err


def test_an_empty_folder_name_is_usage(run, tmp_path, monkeypatch):
    """A variable of the shell that is not set must not fill the folder one stands in."""
    monkeypatch.chdir(tmp_path)
    assert run("export_jwks", "--pem", "").code == 2
    assert names(tmp_path) == []
