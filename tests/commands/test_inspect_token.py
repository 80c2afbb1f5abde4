"""`inspect_token`: what a token holds, whether that is proven, and what becomes of it."""

from datetime import timedelta

import pytest

from django_jwtkit import keys, moments, sessions, tokens
from django_jwtkit.jose import Key, jws, jwt
from django_jwtkit.jose.wire.encoding import dumps

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(alice):
    return sessions.start(alice)


def test_a_good_token_is_accepted(run, pair):
    """Kind, key and state, with the claims proven."""
    done = run("inspect_token", piped=pair.access)
    assert done.code == 0
    for words in (
        "Verdict:   Accepted as an access token",
        "Kind:      access",
        "is ACTIVE",
        "Claims (verified)",
    ):
        assert words in done.out


def test_json_for_programs(run, pair):
    """One object, the claims in it."""
    inspection = run("inspect_token", "--json", piped=f"Authorization: Bearer {pair.access}\n").data
    assert inspection["accepted"]
    assert inspection["verified"]
    assert (inspection["kind"], inspection["code"]) == ("access", None)
    assert inspection["claims"]["sub"]


@pytest.mark.threat("LEAK-001")
def test_the_signature_is_never_printed(run, pair):
    """Output that is pasted into a ticket is no longer a token."""
    out = run("inspect_token", piped=pair.access).out + run("inspect_token", "--json", piped=pair.access).out
    assert pair.access.rsplit(".", 1)[1] not in out


def test_a_forged_token_shows_its_claims_as_unproven(run, pair):
    """It says so before it says what they are."""
    forged = jwt.encode({"sub": "1", "exp": 9e9, "role": "root"}, Key.generate("ES256"), typ="at+jwt")
    out = run("inspect_token", piped=forged).out
    assert out.index("NOT verified") < out.index("root")
    assert out.startswith("Verdict:   Refused: no key of ours has the kid")
    assert "Code:      unknown_key" in out


def test_a_file_is_read(run, pair, tmp_path):
    """As good as stdin."""
    (tmp_path / "token").write_text(pair.refresh)
    assert run("inspect_token", str(tmp_path / "token"), "--json").data["kind"] == "refresh"


def test_a_token_is_no_argument(run, pair):
    """The shell would keep it; and the message does not repeat it."""
    done = run("inspect_token", pair.access)
    assert done.code == 2
    assert pair.access not in done.err


@pytest.mark.parametrize("text", ["abc", "a.b.c", "....", "\x00\xff", "eyJ" * 9000])
def test_what_is_no_token_is_malformed(run, text):
    """Any bytes give an answer."""
    assert run("inspect_token", "--json", piped=text).data["code"] == "malformed"


def test_nothing_at_all_is_a_failure(run):
    """There is nothing to say about it."""
    assert run("inspect_token").code == 1


def test_an_expired_token_says_when(run, pair, later):
    """`exp` in words."""
    with later(timedelta(hours=2)):
        out = run("inspect_token", piped=pair.access).out
    verdict, code, *_ = out.splitlines()
    assert verdict.startswith("Verdict:   Refused: expired on ")
    assert verdict.endswith("1 hour 55 minutes ago.")
    assert code == "Code:      expired"


def test_a_revoked_key_is_named(run, pair, a_key):
    """The commonest reason after a leak: with date, author and reason."""
    keys.revoke(a_key().kid, reason="a laptop was stolen", by="root")
    out = run("inspect_token", piped=pair.access).out
    verdict = out.splitlines()[0]
    assert verdict.startswith("Verdict:   Refused: its key was revoked on ")
    assert verdict.endswith(" UTC by root: a laptop was stolen.")
    assert "From a cache that expires, it may accept the token until" in out


def test_a_spent_refresh_token_is_told_without_ending_the_session(run, pair, alice):
    """Looking is not presenting. Within the grace the refresh endpoint would still answer it."""
    fresh = sessions.refresh(pair.refresh)
    assert run("inspect_token", "--json", piped=pair.refresh).data["accepted"] is True
    sessions.Session.objects.update(rotated_at=moments.now() - timedelta(minutes=1))
    inspection = run("inspect_token", "--json", piped=pair.refresh).data
    assert inspection["code"] == "refresh_reused"
    assert run("inspect_token", "--json", piped=fresh.refresh).data["accepted"] is True
    assert sessions.live(alice).count() == 1


def test_an_ended_session_refuses_as_the_settings_have_it(run, pair, alice, settings):
    """The refresh token always, the access token where CHECK_SESSION is on."""
    sessions.end_all(alice)
    assert run("inspect_token", "--json", piped=pair.refresh).data["code"] == "session_ended"
    assert "CHECK_SESSION is off" in run("inspect_token", piped=pair.access).out
    settings.JWTKIT = {"CHECK_SESSION": True}
    assert run("inspect_token", "--json", piped=pair.access).data["code"] == "session_ended"


def test_an_encrypted_token_is_opened(run, alice, settings):
    """Its claims are known only after decryption, and then they are proven."""
    settings.JWTKIT = {"ENCRYPT": ["access"]}
    text = tokens.issue(alice)
    inspection = run("inspect_token", "--json", piped=text).data
    assert (inspection["kind"], inspection["verified"], inspection["accepted"]) == ("access", True, True)
    assert text.split(".")[1] not in str(inspection)


def test_an_unknown_typ_is_none_of_ours(run):
    """Whatever key signed it."""
    text = jwt.encode({"sub": "1", "exp": 9e9}, Key.generate("ES256"), typ="dpop+jwt")
    done = run("inspect_token", piped=text)
    assert "none of ours" in done.out
    assert "Code:      wrong_type" in done.out


def test_a_kind_of_the_projects_own_is_verified_only(run, alice):
    """User and session are for the project's code to ask."""
    kind = tokens.TokenKind("inspected", typ="inspected+jwt", lifetime=timedelta(minutes=1))
    done = run("inspect_token", piped=tokens.issue(alice, kind=kind))
    assert "Kind:      inspected" in done.out
    assert "The project's own code decides" in done.out.splitlines()[0]


def test_a_terminal_is_told_what_to_do(run, pair):
    """Else it would look as if nothing happened."""
    done = run("inspect_token", typed=pair.access)
    assert "Ctrl-D" in done.err
    assert "Verdict:   Accepted" in done.out


@pytest.mark.parametrize("exp", [1e300, True, "soon", None])
def test_dates_that_are_none_are_left_out(run, exp):
    """A forger may write anything."""
    forged = Key.generate("ES256")
    body = jws.sign(dumps({"exp": exp, "sub": "1"}), forged, header={"typ": "at+jwt"})
    assert "exp:" not in run("inspect_token", piped=body).out


def test_a_token_without_a_kid_names_no_key(run):
    """Our rings refuse it."""
    key = Key.from_dict({k: v for k, v in Key.generate("ES256").to_dict(private=True).items() if k != "kid"})
    out = run("inspect_token", piped=jwt.encode({"sub": "1", "exp": 9e9}, key, typ="at+jwt")).out
    assert "the header has no kid" in out
