"""A kind of token is never accepted for another."""

from datetime import timedelta

import pytest

from django_jwtkit import keys, tokens
from django_jwtkit.errors import TokenError, WrongType

MINUTE = timedelta(minutes=1)
TICKET = tokens.TokenKind("test-ticket", typ="test-ticket+jwt", lifetime=MINUTE)
INVITE = tokens.TokenKind("test-invite", typ="test-invite+jwt", lifetime=MINUTE)
SECRET = tokens.TokenKind("test-secret", typ="test-secret+jwt", lifetime=MINUTE, encrypted=True)
OWN_ACCESS = tokens.TokenKind("test-access", typ="test-access+jwt", lifetime=MINUTE, ring="access")
KINDS = (tokens.ACCESS, tokens.REFRESH, TICKET, INVITE, SECRET, OWN_ACCESS)


def pairs():
    return [(issued, expected) for issued in KINDS for expected in KINDS if issued is not expected]


@pytest.mark.threat("TYP-002", "TYP-030", "TYP-031", "TYP-033", "TYP-035", "RFR-015", "JTI-021")
@pytest.mark.parametrize(("issued", "expected"), pairs(), ids=lambda kind: kind.name)
def test_no_kind_is_accepted_for_another(alice, issued, expected):
    """N kinds, N (N - 1) substitutions, on the same ring and on others, encrypted and not: all refused."""
    text = tokens.issue(alice, kind=issued)
    assert tokens.verify(text, kind=issued)["sub"] == str(alice.pk)
    with pytest.raises(TokenError):
        tokens.verify(text, kind=expected)


@pytest.mark.threat(
    "TYP-001",
    "TYP-003",
    "TYP-004",
    "TYP-005",
    "TYP-006",
    "TYP-011",
    "TYP-032",
    "TYP-034",
    "TYP-036",
    "TYP-037",
)
@pytest.mark.parametrize(
    "typ",
    [
        "rt+jwt",
        "id+jwt",
        "logout+jwt",
        "dpop+jwt",
        "at+jwt ",
        "application/id_token+jwt",
        "text/at+jwt",
    ],
)
def test_another_typ_is_refused_even_by_our_own_key(sign, good, typ):
    """The type is compared before the signature is looked at."""
    with pytest.raises(WrongType):
        tokens.verify(sign(good, typ=typ))


@pytest.mark.parametrize("typ", ["AT+JWT", "application/at+jwt", "Application/AT+jwt"])
def test_a_typ_is_a_media_type(sign, good, typ):
    """RFC 7515 §4.1.9: in any case, and with or without its "application/"."""
    assert tokens.verify(sign(good, typ=typ))["sub"] == good["sub"]


@pytest.mark.parametrize(
    "typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Test-Ticket+JWT", "application/rt+jwt"]
)
def test_a_typ_in_use_can_not_be_taken(typ):
    """However it is spelled."""
    with pytest.raises(ValueError, match="already"):
        tokens.TokenKind("another", typ=typ, lifetime=MINUTE)


def test_a_name_in_use_can_not_be_taken():
    """Names stand in settings, so they are one each too."""
    with pytest.raises(ValueError, match="already"):
        tokens.TokenKind("access", typ="unheard-of+jwt", lifetime=MINUTE)


def test_the_same_kind_may_be_made_twice():
    """A module that is loaded again means no harm."""
    assert tokens.TokenKind("test-ticket", typ="test-ticket+jwt", lifetime=MINUTE) == TICKET


@pytest.mark.parametrize(
    "typ",
    ["", " ", "a b", "a\n", "é+jwt", "\u017f+jwt", "\u212a+jwt", "application/", "text/plain", "a" * 200],
)
def test_a_typ_is_made_of_token_characters(typ):
    """A typ must be a media type."""
    with pytest.raises(ValueError, match="typ"):
        tokens.TokenKind("odd", typ=typ, lifetime=MINUTE)


@pytest.mark.parametrize("lifetime", [timedelta(0), -MINUTE])
def test_a_kind_lives_for_some_time(lifetime):
    """And a refused kind leaves its typ to others."""
    with pytest.raises(ValueError, match="lifetime"):
        tokens.TokenKind("still-born", typ="still-born+jwt", lifetime=lifetime)
    tokens.TokenKind("born", typ="still-born+jwt", lifetime=MINUTE)


def test_a_kind_needs_a_name():
    """It is what settings and logs call it by."""
    with pytest.raises(ValueError, match="name"):
        tokens.TokenKind("", typ="nameless+jwt", lifetime=MINUTE)


def test_the_lifetime_of_our_own_kinds_is_that_of_the_settings(settings):
    """It is read when it is needed, never at import."""
    settings.JWTKIT = {"ACCESS_TOKEN_LIFETIME": timedelta(seconds=7)}
    assert tokens.ACCESS.lasts == timedelta(seconds=7)
    assert TICKET.lasts == MINUTE


def test_keys_are_made_for_the_lifetime_of_each_kind():
    """The next keys of the ring are made for tokens that live so long."""
    tokens.TokenKind("test-long", typ="test-long+jwt", lifetime=timedelta(days=3), encrypted=True)
    assert keys.policy("kinds").max_lifetime >= timedelta(days=3)
    assert keys.policy("encryption").max_lifetime >= timedelta(days=3)


def test_keys_are_made_for_a_lifetime_that_a_setting_holds(settings):
    """A kind may name the setting, and its ring follows a change of it."""
    tokens.TokenKind("by-name", typ="by-name+jwt", lifetime="REFRESH_TOKEN_LIFETIME", ring="by-name")
    for days in (9, 30):
        settings.JWTKIT = {"KEY_RINGS": {"by-name": {}}, "REFRESH_TOKEN_LIFETIME": timedelta(days=days)}
        assert keys.policy("by-name").max_lifetime == timedelta(days=days)


def test_encryption_keys_are_made_for_each_kind_that_the_settings_encrypt(settings):
    """`ENCRYPT` may name a project's kind: its keys are needed until its last token has expired."""
    tokens.TokenKind("test-listed", typ="test-listed+jwt", lifetime=timedelta(days=99), ring="listed")
    before = keys.policy("encryption").max_lifetime
    settings.JWTKIT = {"ENCRYPT": ["test-listed"]}
    assert before < keys.policy("encryption").max_lifetime == timedelta(days=99)


@pytest.mark.parametrize("lifetime", [5, None, "x"])
def test_a_kinds_lifetime_is_a_timedelta(lifetime):
    """A wrong call fails at once, not with the first token."""
    with pytest.raises(TypeError):
        tokens.TokenKind("wrong", typ="wrong+jwt", lifetime=lifetime)
