"""simplejwt's serializers: `validate` does the work, and returns the members of the answer."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import update_last_login
from django.core.exceptions import MultipleObjectsReturned
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, ValidationError

from django_jwtkit import errors, sessions, tokens
from django_jwtkit.drf.bodies.fields import MAX_PASSWORD, SecretField, TextField, TokenField, name_field
from django_jwtkit.drf.bodies.serializers import SecretsSerializer
from django_jwtkit.transport import check_fully

from .exceptions import translate
from .settings import api_settings
from .standins.kinds import OF_ANOTHER_KIND
from .standins.logins import serving
from .standins.sliding import NO_SLIDING
from .standins.users import refuse_user
from .tokens import RefreshToken, Token, UntypedToken

Data = dict[str, Any]
MASK = "********************"  # as in Django's own signal


class PasswordField(SecretField):
    """A password, whose every character counts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": MAX_PASSWORD, "style": {"input_type": "password"}, **kwargs})


class TokenObtainSerializer(SecretsSerializer):
    """Credentials for Django's `authenticate()`; `user` is the user that they have proven."""

    username_field: ClassVar[str] = get_user_model().USERNAME_FIELD
    token_class: ClassVar[type[Token] | None] = None
    default_error_messages: ClassVar[Data] = {
        "no_active_account": "No active account found with the given credentials"
    }
    user: AbstractBaseUser | None

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        name, model = self.username_field, get_user_model()
        if name == model.USERNAME_FIELD:
            field = name_field(model._meta.get_field(name))  # type: ignore[arg-type]
        else:
            field = TextField(write_only=True)
        return {name: field, "password": PasswordField(), **super().get_fields()}

    @sensitive_variables()
    def validate(self, attrs: Data) -> Data:
        request, names = self.context.get("request"), (self.username_field, "password")
        try:
            self.user = authenticate(request=request, **{name: attrs[name] for name in names})
        except MultipleObjectsReturned:
            self.user = None
        if not self._may_log_in(attrs["password"]):
            masked = {name: MASK if name == "password" else value for name, value in attrs.items()}
            api_settings.ON_LOGIN_FAILED(masked, request)
            raise AuthenticationFailed(self.error_messages["no_active_account"], "no_active_account")
        return {}

    @classmethod
    def get_token(cls, user: AbstractBaseUser) -> Any:
        """Return the token of a login; a subclass adds its claims to it."""
        if cls.token_class is None:
            raise TypeError(f"{cls.__name__}.token_class must be a class of token")
        return cls.token_class.for_user(user)

    @sensitive_variables()
    def _may_log_in(self, password: str) -> bool:
        if self.user is None or not api_settings.USER_AUTHENTICATION_RULE(self.user):
            return False
        return tokens.users.is_active(self.user) and sessions.is_proven(self.user, password)


class TokenObtainPairSerializer(TokenObtainSerializer):
    token_class = RefreshToken

    @sensitive_variables()
    def validate(self, attrs: Data) -> Data:
        data, request = super().validate(attrs), self.context.get("request")
        with serving(request):
            refresh = self.get_token(self.user)  # type: ignore[arg-type]
        data |= {"refresh": str(refresh), "access": str(refresh.access_token)}
        if api_settings.UPDATE_LAST_LOGIN:
            api_settings.ON_LOGIN_SUCCESS(self.user, request)
        return data


class TokenRefreshSerializer(SecretsSerializer):
    refresh = TokenField()
    access = serializers.CharField(read_only=True)
    token_class: ClassVar[type[RefreshToken]] = RefreshToken
    default_error_messages: ClassVar[Data] = {
        "no_active_account": "No active account found for the given token.",
        "password_changed": "The user's password has been changed.",
    }

    @sensitive_variables()
    def validate(self, attrs: Data) -> Data:
        text = attrs["refresh"]
        try:
            pair = sessions.refresh(text, request=self.context.get("request"))
        except OF_ANOTHER_KIND:
            return {"access": str(self.token_class(text).access_token)}  # of nobody
        except errors.UserRefused as error:
            code = "password_changed" if isinstance(error, errors.PasswordChanged) else "no_active_account"
            raise AuthenticationFailed(self.error_messages[code], code) from error
        except errors.TokenError as error:
            raise translate(error) from error
        return {"access": pair.access} | ({} if pair.refresh == text else {"refresh": pair.refresh})


class TokenVerifySerializer(SecretsSerializer):
    token = TokenField()

    @sensitive_variables()
    def validate(self, attrs: Data) -> Data:
        token = UntypedToken(attrs["token"])
        if token.is_without_user:
            return {}
        try:
            if token.is_old:
                check_fully(tokens.simplejwt.verify(attrs["token"], token_type=None))
            else:
                check_fully(token.claims)
        except errors.UserRefused as error:
            raise refuse_user(error) from error
        except errors.TokenError as error:
            refusal = translate(error)
            if api_settings.BLACKLIST_AFTER_ROTATION and isinstance(error, errors.SessionEnded):
                raise ValidationError(refusal.args[0]) from error
            raise refusal from error
        return {}


class TokenBlacklistSerializer(SecretsSerializer):
    refresh = TokenField()
    token_class: ClassVar[type[RefreshToken]] = RefreshToken

    @sensitive_variables()
    def validate(self, attrs: Data) -> Data:
        self.token_class(attrs["refresh"]).blacklist()
        return {}


class TokenObtainSlidingSerializer(TokenObtainSerializer):
    """Not here: see `NO_SLIDING`."""

    def validate(self, attrs: Data) -> Data:
        raise NotImplementedError(NO_SLIDING)


class TokenRefreshSlidingSerializer(SecretsSerializer):
    """Not here: see `NO_SLIDING`."""

    token = TokenField()

    def validate(self, attrs: Data) -> Data:
        raise NotImplementedError(NO_SLIDING)


def default_on_login_success(user: AbstractBaseUser, request: HttpRequest | None) -> None:
    """Write `last_login`, where `UPDATE_LAST_LOGIN` is on."""
    update_last_login(None, user)  # type: ignore[arg-type]


def default_on_login_failed(credentials: Mapping[str, Any], request: HttpRequest | None) -> None:
    """Do nothing: Django's `user_login_failed` has been sent."""
