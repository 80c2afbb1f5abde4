"""The words beside header and claims: the signature is verified or not, and which checks have failed."""

from contextlib import suppress
from html import unescape

import pytest
from django.core.management import CommandError, call_command

from django_jwtkit.inspection import Outcome, inspect
from tests.support import unhealthy

from .test_verdicts import MISHAPS

pytestmark = pytest.mark.django_db
GOOD = "verified"
FAILED = "the signature is verified; failed checks: {}"
NOT = "NOT verified, {}: anyone can write this"
WRONG = NOT.format("the signature is wrong")
NOT_TRUSTED = NOT.format("its key is not trusted")
BEFORE = NOT.format("refused before the signature")
AWAY = NOT.format("the keys are not available")

WORDS = {
    "a good access token": GOOD,
    "a refresh token": GOOD,
    "encrypted": GOOD,
    "expired": FAILED.format("times"),
    "not valid yet": FAILED.format("times"),
    "for another audience": FAILED.format("aud"),
    "of another issuer": FAILED.format("iss"),
    "bound to a key": FAILED.format("claims"),
    "a user who is inactive": FAILED.format("user"),
    "a user who is gone": FAILED.format("user"),
    "an ended session": FAILED.format("session"),
    "an ended session that is not asked for": GOOD,
    "a spent refresh token": FAILED.format("session"),
    "another signature": WRONG,
    "a revoked key": NOT_TRUSTED,
    "a denied key": NOT_TRUSTED,
    "a key that nobody knows": NOT_TRUSTED,
    "expired, and of a key that nobody knows": NOT_TRUSTED,
    "a typ of nobody": BEFORE,
    "alg none": BEFORE,
    "a good foreign token": GOOD,
    "a foreign token for others": FAILED.format("aud"),
    "an expired foreign token": FAILED.format("exp"),
    "a foreign token of nobody": FAILED.format("user"),
    "a forged foreign token": WRONG,
    "a foreign key that nobody knows": NOT_TRUSTED,
    "our issuer under a foreign key": NOT_TRUSTED,
    "a foreign typ": FAILED.format("typ"),
    "an issuer that is away": AWAY,
}
"""By the name of a mishap, the words beside its claims."""


def outcome_of(inspection, name):
    return next((check.outcome for check in inspection.checks if check.name == name), None)


@pytest.mark.parametrize("name", WORDS)
def test_both_faces_say_what_is_proven(world, admin_client, capsys, tmp_path, name):
    """Neither more nor less: claims of a good signature are the issuer's, whatever else is wrong."""
    text = MISHAPS[name](world)
    inspection = inspect(text)
    assert inspection.claims_proof == WORDS[name]
    (tmp_path / "token").write_text(text)
    with suppress(CommandError):  # in an outage, after all has been printed
        call_command("inspect_token", str(tmp_path / "token"))
    page = unescape(admin_client.post("/admin/jwtkit/inspect/", {"token": text}).content.decode())
    page = page.replace('<code dir="ltr" class="jwtkit-id">', "").replace("</code>", "")
    for face in (capsys.readouterr().out, page):
        assert f"Claims ({WORDS[name]})" in face


@pytest.mark.parametrize("name", MISHAPS)
def test_the_words_agree_with_the_checks(world, name):
    """A header is as good as the signature over it, and no claim is proven without one."""
    inspection = inspect(MISHAPS[name](world))
    is_signed = outcome_of(inspection, "signature") is Outcome.GOOD
    assert inspection.is_signed is is_signed
    assert (inspection.header_proof == GOOD) is is_signed
    assert inspection.claims_proof.startswith("NOT verified") is not is_signed
    assert (inspection.claims_proof == GOOD) is bool(inspection.is_accepted)


@pytest.mark.parametrize("state", [unhealthy.no_keys, unhealthy.another_secret_key])
def test_in_an_outage_no_check_beyond_it_is_called_good(world, state):
    """Without keys nobody has looked at the signature."""
    text = world.pair.access
    unhealthy.make(state, world.settings)
    inspection = inspect(text)
    assert inspection.claims_proof == AWAY
    assert outcome_of(inspection, "signature") is Outcome.SKIPPED
    assert outcome_of(inspection, "claims") is Outcome.SKIPPED


def test_a_token_that_is_not_opened_has_no_claims(world):
    """And its header is that of the encryption, which nothing proves."""
    text = MISHAPS["encrypted"](world)
    inspection = inspect(text, may_open=False)
    assert inspection.claims is None
    assert inspection.header_proof == NOT.format("the token was not opened")
