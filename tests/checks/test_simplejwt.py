"""What a project that comes from simplejwt would not notice: each trap is a check."""

import gc

import pytest
from django.conf import settings as project
from rest_framework.exceptions import ValidationError

from django_jwtkit.contrib.simplejwt.serializers import TokenObtainPairSerializer as SimpleJWTSerializer
from django_jwtkit.drf.serializers import SecretsSerializer, TokenObtainPairSerializer

OLD = "rest_framework_simplejwt.tokens."


@pytest.fixture(autouse=True)
def _forget_classes():
    """A class knows its subclasses until they are collected: the next test's check must not find them."""
    yield
    gc.collect()


def test_a_get_token_that_nobody_calls_is_an_error(report):
    """It names the class and the method."""

    class Claims(TokenObtainPairSerializer):
        @classmethod
        def get_token(cls, user):
            return {"name": user.get_username()}

    said = report()["E034"]
    assert f"{__name__}.{Claims.__qualname__}.get_token()" in said
    assert "CLAIMS_FUNCTION" in said


def test_a_validate_that_adds_members_is_an_error(report):
    """In each of the ways in which simplejwt's recipes do it."""

    class ByItem(TokenObtainPairSerializer):
        def validate(self, attrs):
            data = super().validate(attrs)
            data["name"] = "alice"
            return data

    class ByUpdate(TokenObtainPairSerializer):
        def validate(self, attrs):
            data = super().validate(attrs)
            data.update(name="alice")
            return data

    class ByUnion(TokenObtainPairSerializer):
        def validate(self, attrs):
            return super().validate(attrs) | {"name": "alice"}

    class ByDisplay(TokenObtainPairSerializer):
        def validate(self, attrs):
            return {**super().validate(attrs), "name": "alice"}

    said = report()["E035"]
    assert all(f"{each.__qualname__}.validate()" in said for each in (ByItem, ByUpdate, ByUnion, ByDisplay))
    assert "(name)" in said
    assert "get_response_data()" in said


def test_a_validate_that_adds_nothing_is_fine(report):
    """It refuses, or it changes a field; and a serializer for a view of the project's own may return more."""

    class WithCaptcha(TokenObtainPairSerializer):
        def validate(self, attrs):
            if attrs.pop("captcha", None) is None:
                raise ValidationError({"captcha": "There is none."})
            return super().validate(attrs)

    class LowerCase(TokenObtainPairSerializer):
        def validate(self, attrs):
            attrs["username"] = attrs["username"].lower()
            return attrs

    class OfAnotherView(SecretsSerializer):
        def validate(self, attrs):
            return {**attrs, "name": "alice"}

    said = report().get("E035", "")
    assert not [each for each in (WithCaptcha, LowerCase, OfAnotherView) if each.__qualname__ in said]


def test_a_serializer_of_the_names_may_have_both(report):
    """There they are called."""

    class Claims(SimpleJWTSerializer):
        @classmethod
        def get_token(cls, user):
            return super().get_token(user)

        def validate(self, attrs):
            return {**super().validate(attrs), "name": "alice"}

    said = report()
    assert all(Claims.__qualname__ not in said.get(number, "") for number in ("E034", "E035"))


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("ROTATE_REFRESH_TOKENS", "Use ROTATE_REFRESH."),
        ("AUTH_HEADER_TYPES", "Use AUTH_SCHEMES."),
        ("USER_ID_CLAIM", "CLAIMS_FUNCTION"),
        ("SLIDING_TOKEN_LIFETIME", "no sliding tokens"),
        ("TOKEN_OBTAIN_SERIALIZER", "serializer_class"),
        ("CHECK_REVOKE_TOKEN", "Use CHECK_SESSION."),
        ("SIGNING_KEY", "ACCEPT_SIMPLEJWT"),
        ("VERIFYING_KEY", "ACCEPT_SIMPLEJWT"),
    ],
)
def test_a_setting_of_simplejwt_is_answered_by_what_replaces_it(report, name: str, instead: str):
    """Never by a name that looks like it: the old signing key is no sealing key."""
    said = report({name: "x"})["E001"]
    assert instead in said
    assert "SEALING_KEYS" not in said


def test_every_setting_of_simplejwt_has_an_answer(report):
    """Those that have the same name here aside."""
    from django_jwtkit.conf import SETTINGS, SIMPLEJWT_SETTINGS

    for name in SIMPLEJWT_SETTINGS.keys() - SETTINGS.keys():
        assert "That is a setting of simplejwt." in report({name: "x"})["E001"]
    assert all(
        not each.ours or each.ours in {*SETTINGS, "TRUSTED_ISSUERS"} for each in SIMPLEJWT_SETTINGS.values()
    )


def test_the_old_settings_without_the_bridge_are_a_warning(report):
    """On the day of the switch everybody would log in again."""
    said = report(SIMPLE_JWT={"SIGNING_KEY": "s", "USER_ID_CLAIM": "user_id"})["W045"]
    assert "ACCEPT_SIMPLEJWT" in said
    assert "SIGNING_KEY." in said


def test_names_may_stay_in_the_old_settings(report):
    """The faces of contrib.simplejwt read them."""
    assert "W045" not in report(SIMPLE_JWT={"USER_ID_CLAIM": "user_id"})


def test_sliding_tokens_are_an_error(report):
    """Each request would be refused."""
    said = report(SIMPLE_JWT={"AUTH_TOKEN_CLASSES": (f"{OLD}AccessToken", f"{OLD}SlidingToken")})["E036"]
    assert f"{OLD}SlidingToken" in said
    assert "AccessToken," not in said


@pytest.mark.parametrize("garbage", [5, [], "x", {5: 6}, {"AUTH_TOKEN_CLASSES": 5}])
def test_garbage_in_the_old_settings_is_no_traceback(report, monkeypatch, garbage):
    """A check reports, and never fails."""
    monkeypatch.setattr(project, "SIMPLE_JWT", garbage, raising=False)  # simplejwt itself would fail over it
    report()


def test_their_class_before_the_face_of_ours_is_a_warning(report):
    """It takes our tokens for its own, and refuses them."""
    classes = ("rest_framework_simplejwt.authentication.", "django_jwtkit.contrib.simplejwt.authentication.")
    framework = {"DEFAULT_AUTHENTICATION_CLASSES": [f"{each}JWTAuthentication" for each in classes]}
    assert "JWTAuthentication" in report(REST_FRAMEWORK=framework)["W006"]
