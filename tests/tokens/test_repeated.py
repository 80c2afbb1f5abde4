"""A token that comes again is not decoded again, and is refused as soon as a new one like it would be."""

from datetime import datetime, timedelta

import pytest

from django_jwtkit import keys, moments, tokens
from django_jwtkit.conf import conf
from django_jwtkit.errors import InvalidClaim, NotYetValid, TokenError, TokenExpired, UnknownKey, WrongType
from django_jwtkit.jose import unverified_header
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.snapshots import proofs
from django_jwtkit.tokens import verifying
from tests.keys.memories import another_process
from tests.keys.rows import vouch_for

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
LETTER = tokens.TokenKind("repeated-letter", typ="repeated-letter+jwt", lifetime=MINUTE, encrypted=True)
NOTE = tokens.TokenKind("repeated-note", typ="repeated-note+jwt", lifetime=MINUTE)
MEMO = tokens.TokenKind("repeated-memo", typ="repeated-memo+jwt", lifetime=MINUTE)


@pytest.fixture
def decoded(monkeypatch):
    """The texts that were decoded, in order."""
    texts, honest = [], verifying.jwt.read
    monkeypatch.setattr(
        verifying.jwt, "read", lambda text, *rest, **more: texts.append(text) or honest(text, *rest, **more)
    )
    return texts


def kid_of(text):
    return str(unverified_header(text)["kid"])


def remembered(ring="access"):
    return len(keys.keyring(ring).snapshot.proven)


def test_a_token_that_comes_again_is_not_decoded_again(alice, decoded):
    """Ten requests, one signature checked."""
    text = tokens.issue(alice, claims={"role": "admin"})
    assert len({str(tokens.verify(text)) for _ in range(10)}) == 1
    assert decoded == [text]


@pytest.mark.parametrize("change", ["top", "inside"])
def test_what_one_caller_changes_no_other_sees(alice, change):
    """Claims are the caller's own, also those inside others."""
    text = tokens.issue(alice, claims={"teams": ["red"], "rights": {"red": ["read"]}})
    for _ in range(3):
        claims = tokens.verify(text)
        assert (claims["teams"], claims["rights"], "role" in claims) == (["red"], {"red": ["read"]}, False)
        if change == "top":
            claims["role"] = "admin"
        claims["teams"].append("blue")
        claims["rights"]["red"].append("write")


def test_it_expires_to_the_second(alice):
    """The clock is asked each time."""
    now = moments.now()
    text = tokens.issue(alice, now=now)
    ends = int(now.timestamp()) + int(conf().ACCESS_TOKEN_LIFETIME.total_seconds())
    tokens.verify(text, now=now)
    last = now + timedelta(seconds=ends - now.timestamp() - 0.01)
    tokens.verify(text, now=last)
    with pytest.raises(TokenExpired):
        tokens.verify(text, now=last + timedelta(seconds=0.02))


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_clock_that_is_set_back_is_asked_too(sign, good, name):
    """A token is not valid before it begins, seen before or not."""
    text = sign({**good, "nbf": good["iat"], "iat": good["iat"]} if name == "nbf" else good)
    tokens.verify(text)
    with pytest.raises(NotYetValid):
        tokens.verify(text, now=moments.now() - timedelta(seconds=70))


def test_a_revocation_here_ends_it_at_once(alice):
    """What this process knows, it knows for the tokens that it has seen too."""
    text = tokens.issue(alice)
    tokens.verify(text)
    keys.revoke(kid_of(text), reason="leaked")
    with pytest.raises(UnknownKey):
        tokens.verify(text)


def test_a_revocation_elsewhere_ends_it_within_the_keyrings_age(alice, clock):
    """The look by the clock is taken for a token that is known as for a new one."""
    text = tokens.issue(alice)
    tokens.verify(text)
    with another_process():
        keys.revoke(kid_of(text), reason="leaked")
    tokens.verify(text)
    clock.now += 10
    with pytest.raises(UnknownKey):
        tokens.verify(text)


def test_a_kid_that_is_denied_from_now_on_ends_it(alice, settings):
    """`DENY_KIDS` is asked each time."""
    text = tokens.issue(alice)
    tokens.verify(text)
    settings.JWTKIT = {**settings.JWTKIT, "DENY_KIDS": [kid_of(text)]}
    with pytest.raises(UnknownKey):
        tokens.verify(text)


def test_a_kid_that_is_denied_in_place_ends_it(alice, settings):
    """A list in the settings may change in place: that takes effect for a known token as for a new one."""
    settings.JWTKIT = {**settings.JWTKIT, "DENY_KIDS": []}
    text = tokens.issue(alice)
    tokens.verify(text)
    settings.JWTKIT["DENY_KIDS"].append(kid_of(text))
    with pytest.raises(UnknownKey):
        tokens.verify(text)


@pytest.mark.parametrize("raw", [None, {}], ids=repr)
def test_the_defaults_are_one_question(alice, settings, decoded, raw):
    """Also where a project has no `JWTKIT` at all."""
    settings.JWTKIT = raw
    text = tokens.issue(alice)
    tokens.verify(text)
    tokens.verify(text)
    assert decoded == [text]


def test_a_settings_change_asks_anew(alice, settings, decoded):
    """Another policy, another question: also where the dict is changed in place."""
    settings.JWTKIT = {}
    text = tokens.issue(alice)
    tokens.verify(text)
    settings.JWTKIT["LEEWAY"] = timedelta(seconds=5)
    tokens.verify(text)
    assert len(decoded) == 2
    settings.JWTKIT["AUDIENCE"] = "api"
    with pytest.raises(TokenError):
        tokens.verify(text)


def test_a_key_that_is_trusted_no_more_ends_it(alice, decoded):
    """Even where the token itself would live on: an entry dies with its key."""
    now = moments.now()
    StoredKey.objects.filter(open_slot=None).update(sign_from=now - 10 * MINUTE)
    vouch_for()
    text = tokens.issue(alice, now=now - 4 * MINUTE)
    StoredKey.objects.filter(kid=kid_of(text)).update(
        sign_until=now - 4.5 * MINUTE,
        max_lifetime=5 * MINUTE,
        margin=timedelta(0),
        open_slot=None,
    )
    vouch_for()
    for seconds in (0, 29):
        tokens.verify(text, now=now + timedelta(seconds=seconds))
    assert decoded == [text]
    with pytest.raises(UnknownKey):
        tokens.verify(text, now=now + timedelta(seconds=31))


@pytest.mark.parametrize("other", [MEMO, tokens.ACCESS, tokens.REFRESH])
def test_it_is_known_as_its_own_kind_only(alice, other):
    """A kind of token is never accepted for another, in one ring or across rings."""
    text = tokens.issue(alice, kind=NOTE)
    for _ in range(2):
        tokens.verify(text, kind=NOTE)
        with pytest.raises((WrongType, UnknownKey)):
            tokens.verify(text, kind=other)


def test_a_moment_without_a_time_zone_is_a_wrong_call_for_it_too(alice, settings):
    """It might be hours away: what a new token says of it, a known one says."""
    settings.USE_TZ = True
    text, somewhere = tokens.issue(alice), datetime.now()  # noqa: DTZ005
    for _ in range(2):
        with pytest.raises(TypeError):
            tokens.verify(text, now=somewhere)
        tokens.verify(text)


def test_any_other_text_is_another_token(alice):
    """Not a character may differ, be it one that would not matter to a laxer reader."""
    text = tokens.issue(alice)
    tokens.verify(text)
    for near in (
        text + "=",
        text + " ",
        text.upper(),
        text[:-1],
        text[:-1] + ("A" if text[-1] != "A" else "B"),
    ):
        with pytest.raises(TokenError):
            tokens.verify(near)


def test_a_refused_token_is_not_remembered(sign, good):
    """Strangers fill nothing, and a token that is not valid yet is asked about anew."""
    ahead = sign({**good, "nbf": good["iat"] + 30})
    for text in (ahead, sign(good)[:-4] + "AAAA", sign({**good, "jti": "x"})):
        with pytest.raises(TokenError):
            tokens.verify(text)
    assert remembered() == 0
    assert tokens.verify(ahead, now=moments.now() + timedelta(seconds=31))


def test_what_is_hidden_or_worth_a_session_does_not_stay_in_memory(alice):
    """Encrypted kinds and refresh tokens are decoded each time."""
    tokens.verify(tokens.issue(alice, kind=LETTER), kind=LETTER)
    again = tokens.TokenKind("refresh", typ="rt+jwt", lifetime="REFRESH_TOKEN_LIFETIME", ring="refresh")
    for kind in (tokens.REFRESH, again):
        tokens.verify(tokens.issue(alice, kind=kind, counter=0), kind=kind)
    assert remembered("kinds") == remembered("refresh") == 0


def test_forget_forgets_it(alice, decoded):
    """A test leaves nothing to the next."""
    text = tokens.issue(alice)
    tokens.verify(text)
    keys.forget()
    assert remembered() == 0
    tokens.verify(text)
    assert len(decoded) == 2


def test_no_more_tokens_are_known_than_there_is_room_for(alice, monkeypatch, decoded):
    """The one that nobody has asked for the longest makes room."""
    monkeypatch.setattr(proofs, "MAX_ENTRIES", 3)
    texts = [tokens.issue(alice) for _ in range(3)]
    for text in [*texts, texts[0], tokens.issue(alice), texts[0], texts[1]]:
        tokens.verify(text)
    assert remembered() == 3
    assert [decoded.count(text) for text in texts] == [1, 2, 1]


def test_no_more_characters_are_kept_than_there_is_room_for(alice, monkeypatch):
    """A thousand tokens of 8 KiB are not a thousand small ones."""
    monkeypatch.setattr(proofs, "MAX_CHARACTERS", 5000)
    for _ in range(5):
        tokens.verify(tokens.issue(alice, claims={"much": "x" * 1500}))
    assert remembered() == 2
    tokens.verify(tokens.issue(alice, claims={"more": "x" * 4500}))
    assert remembered() <= 1


def test_a_proof_never_shows_itself(alice):
    """Neither a snapshot nor a keyring tells a log or an error page which tokens it has seen."""
    text = tokens.issue(alice, claims={"secret": "a-claim-of-hers"})
    tokens.verify(text)
    ring = keys.keyring("access")
    text_of_all = f"{ring!r} {ring.snapshot!r} {ring.snapshot.proven!r} {ring.snapshot.proven.get(text)!r}"
    assert text not in text_of_all
    assert "a-claim-of-hers" not in text_of_all


def test_a_longer_promise_than_the_keys_is_refused_again(sign, good):
    """A refusal is never remembered as anything."""
    text = sign({**good, "exp": good["iat"] + 10**8})
    for _ in range(2):
        with pytest.raises(InvalidClaim):
            tokens.verify(text)
