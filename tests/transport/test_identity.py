"""From a text to an identity: whoever has issued it, its claims keep to themselves."""

import pytest

from django_jwtkit import sessions, tokens, transport
from django_jwtkit.drf import JWTAuthentication, JWTStatelessAuthentication
from django_jwtkit.drf.authentication import LiveSessionAuthentication
from django_jwtkit.errors import BadSignature, SessionEnded, TokenError, UserNotFound, WrongType
from django_jwtkit.transport import identity

pytestmark = pytest.mark.django_db


class OtherClaims(dict):
    """Claims of tokens that another package has issued."""


@pytest.fixture
def others(monkeypatch, alice):
    """A second source of tokens, whose texts begin with "other:" and name alice."""

    def verify(text):
        if text != "other:good":
            raise BadSignature("not signed by the others")
        return OtherClaims(user_id=alice.pk)

    source = transport.Source(
        name="others",
        is_enabled=lambda settings: True,
        recognize=lambda text: verify if text.startswith("other:") else None,
        claims_type=OtherClaims,
        load_user=lambda claims: alice,
        token_user=lambda claims: tokens.TokenUser({"sub": f"others|{claims['user_id']}"}),
    )
    monkeypatch.setattr(identity, "SOURCES", (source,))
    return source


def authenticate(rf, authentication, text):
    """Return what `authentication` makes of a request with this token."""
    return authentication().authenticate(rf.get("/", headers={"authorization": f"Bearer {text}"}))


def test_a_token_of_ours_is_an_identity_of_ours(alice, pair):
    """With its claims, a fresh dict, and a way to its user."""
    first, second = transport.identify(pair.access), transport.identify(pair.access)
    assert first.source == transport.OWN
    assert first.claims == tokens.verify(pair.access)
    assert first.claims is not second.claims
    assert first.load_user() == alice


@pytest.mark.parametrize("is_checked", [True, False])
def test_check_session_is_asked_for_tokens_of_ours(settings, pair, is_checked):
    """An ended session refuses its access token at once where the setting says so."""
    settings.JWTKIT = {"CHECK_SESSION": is_checked}
    sessions.end(tokens.verify(pair.access)["sid"])
    if is_checked:
        with pytest.raises(SessionEnded):
            transport.identify(pair.access).load_user()
    else:
        assert transport.identify(pair.access).load_user()


def test_a_token_of_others_has_their_claims_and_their_user(others, alice):
    """The row of its source says who verifies and who is meant."""
    accepted = transport.identify("other:good")
    assert (accepted.source, accepted.claims, accepted.load_user()) == (
        "others",
        {"user_id": alice.pk},
        alice,
    )


def test_a_token_that_others_refuse_is_not_tried_as_ours(others):
    """One source is chosen, and its verdict stands."""
    with pytest.raises(BadSignature):
        transport.identify("other:bad")


def test_check_session_concerns_our_own_tokens_only(others, alice, settings):
    """Tokens of others have no session here."""
    settings.JWTKIT = {"CHECK_SESSION": True}
    assert transport.identify("other:good").load_user() == alice


def test_our_tokens_go_on_beside_others(others, alice, pair):
    """A source that does not recognise a text has no say."""
    assert transport.identify(pair.access).source == transport.OWN


def test_a_kind_of_the_projects_own_is_never_anothers(others):
    """Only access tokens come from elsewhere."""
    with pytest.raises(TokenError):
        transport.identify("other:good", kind=tokens.REFRESH)


def test_a_face_may_accept_no_others(others):
    """The views that end sessions: a token without a session of ours is of the wrong type there."""
    with pytest.raises(WrongType):
        transport.identify("other:good", sources=())


def test_each_authentication_class_goes_by_the_source(others, alice, rf):
    """With the user's row, without a query, and not at all."""
    assert authenticate(rf, JWTAuthentication, "other:good") == (alice, {"user_id": alice.pk})
    user, claims = authenticate(rf, JWTStatelessAuthentication, "other:good")
    assert (user.pk, claims) == (f"others|{alice.pk}", {"user_id": alice.pk})
    with pytest.raises(Exception, match="wrong type"):
        authenticate(rf, LiveSessionAuthentication, "other:good")


def test_a_disabled_source_recognises_nothing(others, monkeypatch):
    """The settings decide, request by request."""
    monkeypatch.setattr(identity, "SOURCES", (others._replace(is_enabled=lambda settings: False),))
    with pytest.raises(TokenError):
        transport.identify("other:good")


def test_a_token_that_names_no_user_is_refused_before_its_user_is_asked_for(alice, settings):
    """An overridden `get_user` may read `sub` by itself."""
    text = tokens.issue(alice)
    settings.JWTKIT = {"USER_ID_FIELD": "username"}
    with pytest.raises(UserNotFound):
        transport.identify(text)
