"""Token objects: what programs that were written for simplejwt do with them."""

import pickle
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.contrib.simplejwt.authentication import JWTAuthentication
from django_jwtkit.contrib.simplejwt.exceptions import (
    AuthenticationFailed,
    ExpiredTokenError,
    InvalidToken,
    TokenBackendError,
    TokenError,
)
from django_jwtkit.contrib.simplejwt.models import TokenUser
from django_jwtkit.contrib.simplejwt.state import token_backend
from django_jwtkit.contrib.simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from django_jwtkit.contrib.simplejwt.tokens import (
    AccessToken,
    RefreshToken,
    SlidingToken,
    Token,
    UntypedToken,
)
from django_jwtkit.errors import UserInactive

pytestmark = pytest.mark.django_db


class DownloadToken(Token):
    """A project's own type."""

    token_type = "download"
    lifetime = timedelta(minutes=1)


def test_a_refresh_token_for_a_user_is_a_login(alice):
    """Its session is there at once, and `jti` is the session's id."""
    refresh = RefreshToken.for_user(alice)
    assert refresh["jti"] == str(sessions.live(alice).get().pk)
    assert refresh["user_id"] == str(alice.pk)
    assert sessions.refresh(str(refresh)).access


def test_claims_ride_in_all_access_tokens_of_the_login(alice):
    """Also in those of a refresh."""
    refresh = RefreshToken.for_user(alice)
    refresh["role"] = "admin"
    refresh["token_type"] = "refresh"
    text = str(refresh)
    access = [str(refresh.access_token), sessions.refresh(text).access]
    assert [tokens.verify(each)["role"] for each in access] == ["admin", "admin"]
    assert [tokens.verify(each)["token_type"] for each in access] == ["access", "access"]
    assert RefreshToken(text)["role"] == "admin"


def test_a_claim_of_one_access_token_stays_with_it(alice):
    """The login does not say it."""
    refresh = RefreshToken.for_user(alice)
    access = refresh.access_token
    access["step"] = 2
    assert AccessToken(str(access))["step"] == 2
    assert "step" not in refresh.access_token


def test_an_access_token_of_a_login_is_the_logins(alice, settings):
    """It carries the session, and `CLAIMS_FUNCTION` is asked."""
    settings.JWTKIT = {"CLAIMS_FUNCTION": f"{__name__}.add_department"}
    access = str(RefreshToken.for_user(alice).access_token)
    claims = tokens.verify(access)
    assert claims["sid"] == str(sessions.live(alice).get().pk)
    assert claims["department"] == "sales"


def add_department(user):
    """A `CLAIMS_FUNCTION`."""
    return {"department": "sales"}


def test_an_access_token_for_a_user_has_no_session(alice):
    """As simplejwt's has no refresh token."""
    access = AccessToken.for_user(alice)
    access["role"] = "admin"
    claims = tokens.verify(str(access))
    assert (claims["sub"], claims["user_id"], claims["role"]) == (str(alice.pk), str(alice.pk), "admin")
    assert "sid" not in claims
    assert not sessions.Session.objects.exists()


def test_a_token_is_written_once(alice):
    """Until a claim changes."""
    access = AccessToken.for_user(alice)
    text = str(access)
    assert str(access) == text
    access["role"] = "admin"
    assert str(access) != text
    assert str(AccessToken(text)) == text


def test_a_lifetime_of_its_own_ends_the_login(alice):
    """The recipe of "remember me": `set_exp` before the token is handed out."""
    refresh = RefreshToken.for_user(alice)
    refresh.set_exp(lifetime=timedelta(days=3))
    text = str(refresh)
    session = sessions.live(alice).get()
    assert session.ends_by.timestamp() == pytest.approx(keys.now().timestamp() + 3 * 86400, abs=5)
    assert tokens.verify(text, kind=tokens.REFRESH)["exp"] <= session.ends_by.timestamp()


def test_a_subclass_has_a_lifetime_of_its_own(alice):
    """Of the access token, and of the login."""

    class QuickAccess(AccessToken):
        lifetime = timedelta(seconds=30)

    class QuickLogin(RefreshToken):
        lifetime = timedelta(hours=1)
        access_token_class = QuickAccess

    refresh = QuickLogin.for_user(alice)
    assert tokens.verify(str(refresh.access_token))["exp"] == pytest.approx(
        keys.now().timestamp() + 30, abs=3
    )
    assert sessions.live(alice).get().ends_by.timestamp() == pytest.approx(
        keys.now().timestamp() + 3600, abs=3
    )


def test_a_token_that_was_handed_out_is_not_changed(alice):
    """Renewing by hand would leave the login's row behind: a wrong call says what to do instead."""
    read = RefreshToken(str(RefreshToken.for_user(alice)))
    for change in (read.set_jti, read.set_exp, lambda: read.update(role="admin")):
        with pytest.raises(TypeError, match=r"sessions\.refresh"):
            change()


def test_an_inactive_user_gets_no_login(alice):
    """simplejwt only logs it."""
    alice.is_active = False
    with pytest.raises(UserInactive):
        RefreshToken.for_user(alice)


@pytest.mark.parametrize("kind", [AccessToken, RefreshToken, DownloadToken])
def test_a_token_of_nobody_is_made_and_read(kind: type[Token], db):
    """It starts no session, and authenticates nobody."""
    token = kind()
    token["plan"] = "free"
    read = kind(str(token))
    assert read.payload == token.payload
    assert UntypedToken(str(token))["plan"] == "free"
    assert not sessions.Session.objects.exists()
    with pytest.raises(InvalidToken, match="no recognizable user"):
        JWTAuthentication().get_user(read)


def test_a_token_of_nobody_names_no_user_who_comes_later(db):
    """An id that nobody has yet is no promise for the future."""
    token = AccessToken()
    token["user_id"] = "77"
    text = str(token)
    get_user_model().objects.create_user("late", pk=77)
    with pytest.raises(AuthenticationFailed) as refusal:
        JWTAuthentication().get_user(AccessToken(text))
    assert refusal.value.detail["code"] == "user_not_found"


def test_a_token_of_nobody_is_none_of_ours(api, db, settings):
    """Neither our own authentication nor our refresh takes one."""
    from django_jwtkit.errors import TokenError as Refusal

    with pytest.raises(Refusal):
        tokens.verify(str(AccessToken()))
    with pytest.raises(Refusal):
        sessions.refresh(str(RefreshToken()))


def test_a_token_of_nobody_passes_on_its_claims(db):
    """To its access token, which is nobody's too."""
    refresh = RefreshToken()
    refresh["plan"] = "free"
    access = AccessToken(str(refresh.access_token))
    assert (access["plan"], access["token_type"]) == ("free", "access")
    assert refresh.blacklist() == (None, False)


def test_an_id_that_was_set_by_hand_names_its_user(alice):
    """As in simplejwt: the program that sets it vouches for it."""
    refresh = RefreshToken()
    refresh["user_id"] = alice.pk
    assert tokens.verify(str(refresh.access_token))["sub"] == str(alice.pk)


@pytest.mark.parametrize("name", ["sub", "sid", "cnt", "iss", "aud", "cnf"])
def test_a_reserved_claim_is_refused_where_it_is_set(name: str, alice):
    """Loudly: it would not be in the token."""
    with pytest.raises(ValueError, match=name):
        AccessToken.for_user(alice)[name] = "1"


def test_sub_may_be_the_claim_that_names_the_user(alice, settings):
    """Many projects have set it so."""
    settings.SIMPLE_JWT = {"USER_ID_CLAIM": "sub"}
    refresh = RefreshToken.for_user(alice)
    assert refresh["sub"] == str(alice.pk)
    assert AccessToken(str(refresh.access_token))["sub"] == str(alice.pk)


def test_an_expired_token_can_be_written(alice):
    """For a project's tests: it is refused for what it is."""
    access = AccessToken.for_user(alice)
    access.set_exp(lifetime=-timedelta(days=1))
    with pytest.raises(ExpiredTokenError, match="Token is expired"):
        AccessToken(str(access))


def test_a_type_of_the_projects_own_is_a_kind_of_its_own(alice):
    """It is accepted for no other, and no other for it."""
    text = str(DownloadToken.for_user(alice))
    assert DownloadToken(text)["user_id"] == str(alice.pk)
    with pytest.raises(TokenError, match="wrong type"):
        AccessToken(text)
    with pytest.raises(TokenError, match="wrong type"):
        DownloadToken(str(AccessToken.for_user(alice)))


def test_claims_are_not_read_without_a_proof(alice):
    """`verify=False` is a wrong call, of tokens and of the backend."""
    text = str(AccessToken.for_user(alice))
    for read in (AccessToken, token_backend.decode):
        with pytest.raises(TypeError, match="verify must be True"):
            read(text, verify=False)


def test_the_backend_reads_any_kind(alice):
    """And writes none."""
    assert token_backend.decode(str(AccessToken.for_user(alice)))["user_id"] == str(alice.pk)
    with pytest.raises(TokenBackendError):
        token_backend.decode("garbage")
    with pytest.raises(TypeError, match=r"tokens\.issue"):
        token_backend.encode({})


@pytest.mark.parametrize("use", [SlidingToken, lambda: SlidingToken.for_user(None)])
def test_a_sliding_token_says_what_to_use_instead(use):
    """In one sentence."""
    with pytest.raises(NotImplementedError, match="RefreshToken"):
        use()


def test_logging_out_everywhere_by_a_loop(alice):
    """The loop that stands in many projects."""
    texts = [str(RefreshToken.for_user(alice)) for _ in range(2)]
    for token in OutstandingToken.objects.filter(user_id=alice.pk):
        BlacklistedToken.objects.get_or_create(token=token)
    assert not sessions.live(alice).exists()
    for text in texts:
        with pytest.raises(TokenError, match="blacklisted"):
            RefreshToken(text)


def test_a_blacklisted_token_is_found_by_its_jti(alice):
    """By the names of simplejwt's columns."""
    refresh = RefreshToken.for_user(alice)
    row, is_new = refresh.blacklist()
    assert (row.token.jti, is_new) == (refresh["jti"], True)
    assert refresh.blacklist()[1] is False
    assert BlacklistedToken.objects.filter(token__jti=refresh["jti"]).exists()
    assert OutstandingToken.objects.filter(jti=refresh["jti"]).count() == 1
    with pytest.raises(TypeError, match="no token is stored"):
        OutstandingToken.objects.get(token=str(refresh))


def test_a_spent_refresh_token_hands_out_nothing(alice):
    """Reading it is no crime, so that a logout with an old one works; using it is refused."""
    refresh = str(RefreshToken.for_user(alice))
    sessions.refresh(refresh)
    read = RefreshToken(refresh)
    with pytest.raises(TokenError, match="blacklisted"):
        str(read.access_token)
    assert read.blacklist()[1] is True


def test_a_stateless_user_is_the_token(alice):
    """Claims are attributes, None where there are none; it survives pickling."""
    access = AccessToken.for_user(alice)
    access["role"] = "admin"
    user = TokenUser(AccessToken(str(access)))
    assert (user.id, user.role, user.nothing, user.is_staff) == (str(alice.pk), "admin", None, False)
    assert pickle.loads(pickle.dumps(TokenUser({"user_id": "1"}))) == TokenUser({"user_id": "1"})


def test_staff_is_what_the_projects_claim_says(db):
    """True alone: a claim of "false" makes nobody staff."""
    states = [TokenUser({"user_id": "1", "is_staff": value}).is_staff for value in (True, "false", 1, None)]
    assert states == [True, False, False, False]
