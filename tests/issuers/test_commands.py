"""An operator sees why tokens of an issuer are refused, and what to change."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from django_jwtkit.issuers import TrustedKeySet
from django_jwtkit.jose import Key
from tests.jose.remote.publisher import unused_port

from .conftest import ISS, KEY, jwks, sign
from .test_published import Provider

pytestmark = pytest.mark.django_db


def run(*arguments, fails=False):
    out = StringIO()
    if fails:
        with pytest.raises(CommandError):
            call_command(*arguments, stdout=out, stderr=StringIO())
    else:
        call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def token(tmp_path):
    """Return a function that writes a token into a file, and returns its path."""

    def write(**claims):
        file = tmp_path / "token"
        file.write_text(sign(**claims))
        return f"--token={file}"

    return write


@pytest.fixture
def provider(publisher, trust):
    provider = Provider(publisher)
    trust(provider.iss, DISCOVERY_URL=None, PRIVATE_ADDRESSES=True)
    return provider


def test_each_key_is_judged(trust):
    odd = {**Key.generate("ES256", kid="odd").public().to_dict(), "use": "enc"}
    trust(JWKS={"keys": [*jwks(KEY)["keys"], odd]})
    text = run("check_issuer", ISS)
    assert "Key k1 (ES256)" in text
    assert "Skipped: member 1 (kid 'odd'): its use is 'enc'" in text


def test_a_good_token_passes_each_check(trust, token):
    answer = json.loads(run("check_issuer", ISS, token(), "--json"))
    assert answer["ok"] is True
    (result,) = answer["issuers"]
    assert [step["check"] for step in result["steps"]] == [
        *("keys", "alg", "typ", "signature", "iss", "aud", "exp", "conditions", "subject")
    ]


@pytest.mark.parametrize(
    ("claims", "check", "advice"),
    [
        ({"aud": "account"}, "aud", "audience mapper"),
        ({"aud": ["account", "x"]}, "aud", "audience mapper"),
        ({"aud": None}, "aud", "AUDIENCE_CLAIM"),
        ({"aud": "other"}, "aud", "correct AUDIENCE"),
        ({"iss": ISS + "/"}, "iss", "slash"),
        ({"iss": "https://other.example"}, "iss", "TRUSTED_ISSUERS"),
        ({"iat": 1, "exp": 2}, "exp", "new token"),
        ({"sub": None}, "subject", "SUBJECT_CLAIM"),
        ({"key": Key.generate("ES256", kid="k1")}, "signature", "another key"),
        ({"typ": "dpop+jwt"}, "typ", "TYP"),
    ],
)
def test_a_check_that_fails_says_what_to_do(trust, token, claims, check, advice):
    answer = json.loads(run("check_issuer", ISS, token(**claims), "--json", fails=True))
    wrong = {step["check"]: step["advice"] for step in answer["issuers"][0]["steps"] if not step["ok"]}
    assert advice in wrong[check]


def test_a_required_claim_that_is_missing_is_named(trust, token):
    trust(REQUIRE={"token_use": "access"})
    assert "'token_use' is required" in run("check_issuer", ISS, token(), fails=True)


def test_an_issuer_that_cannot_be_asked_is_a_failure(trust):
    trust(JWKS_URL=f"http://127.0.0.1:{unused_port()}/", PRIVATE_ADDRESSES=True)
    assert "WRONG: keys" in run("check_issuer", fails=True)


def test_an_issuer_that_is_not_trusted_gets_the_nearest(trust):
    with pytest.raises(CommandError, match="TRUSTED_ISSUERS") as caught:
        call_command("check_issuer", ISS + "x")
    assert ISS in str(caught.value)


def test_keys_that_moved_are_accepted_by_hand(provider):
    TrustedKeySet.objects.create(
        digest=_digest(provider), issuer=provider.iss, jwks_url="https://old.example/"
    )
    assert "--accept" in run("check_issuer", provider.iss, fails=True)
    run("check_issuer", provider.iss, "--accept")
    assert TrustedKeySet.objects.get().jwks_url == provider.server.url
    assert "1 usable key" in run("check_issuer", provider.iss)


def _digest(provider):
    from django_jwtkit.issuers.models import digest

    return digest(provider.iss)


def test_what_is_due_is_fetched_once(provider):
    assert "1 issuer up to date" in run("refresh_issuers")
    assert "1 issuer up to date" in run("refresh_issuers")
    assert provider.paths().count("/jwks.json") == 1


def test_a_fetch_that_fails_is_a_failure(provider):
    provider.is_down = True
    assert provider.iss in run("refresh_issuers", fails=True)


def test_without_issuers_nothing_is_due(settings):
    settings.JWTKIT = {}
    assert "0 issuers up to date" in run("refresh_issuers")
