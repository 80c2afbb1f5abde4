"""What a project writes with this package, as its own strict type checkers read it. It is never run."""

from datetime import timedelta
from typing import Any, assert_type, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, JsonResponse
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit import issuers, keys, sessions, tokens
from django_jwtkit.drf import JWTAuthentication
from django_jwtkit.drf.permissions import HasScope, RecentLogin
from django_jwtkit.drf.views import TokenObtainPairView
from django_jwtkit.errors import TokenError
from django_jwtkit.jose import Key, KeySet, RemoteKeySet, jwt
from django_jwtkit.sessions import TokenPair
from django_jwtkit.tokens import Claims

DOWNLOAD = tokens.TokenKind("download", typ="download+jwt", lifetime=timedelta(minutes=1), encrypted=True)


def read(text: str) -> tuple[str, int, str | None]:
    """Registered claims have types, and the project's own are what the project says they are."""
    claims = tokens.verify(text)
    assert_type(claims["sub"], str)
    assert_type(claims["exp"], int)
    assert_type(claims["aud"], str | list[str])
    assert_type(claims.get("jti"), str | None)
    assert_type(claims.get("nbf", 0), int)
    role: str = claims["role"]
    sid: str | None = claims.get("sid")
    everything: dict[str, Any] = claims
    audit(everything)
    audit(claims)
    return claims["sub"], claims["exp"] - claims["iat"], sid or role


def audit(claims: dict[str, object]) -> None:
    """Take any dict."""


def read_elsewhere(text: str, published: RemoteKeySet) -> Claims:
    key = Key.generate("ES256")
    assert_type(jwt.decode(text, KeySet([key]), algorithms={"ES256"}), Claims)
    decode = jwt.Decoder(published, algorithms={"ES256"}, issuer="https://shop.example.com")
    assert_type(decode(text)["iss"], str)
    assert_type(issuers.verify(text).subject, str)
    return decode(text)


def log_in(user: User, request: HttpRequest) -> TokenPair:
    pair = sessions.start(user, request=request, claims={"amr": ["otp"]})
    assert_type(sessions.end(tokens.verify(pair.access)["sid"]), bool)
    keys.rotate("access")
    tokens.issue(user, kind=DOWNLOAD, claims={"file": 7})
    return sessions.refresh(pair.refresh)


async def alog_in(user: User, request: HttpRequest) -> JsonResponse:
    pair = await sessions.astart(user, request=request, claims={"amr": ["otp"]})
    again = await sessions.arefresh(pair.refresh)
    assert_type(again, TokenPair)
    claims = await tokens.averify(again.access)
    assert_type(claims["sub"], str)
    assert_type(await sessions.aend(claims["sid"]), bool)
    assert_type(await sessions.aend_all(user), int)
    download = await tokens.aissue(user, kind=DOWNLOAD, claims={"file": 7})
    assert_type(download, str)
    foreign = await issuers.averify(download)
    try:
        name = (await sessions.acheck(claims)).get_username()
    except TokenError as error:
        return JsonResponse({"detail": error.detail}, status=401)
    return JsonResponse({"name": name, "issuer": foreign.issuer})


class Login(TokenObtainPairView):
    """Its hooks name the project's own user model."""

    def authenticate_user(self, credentials: dict[str, Any]) -> User | None:
        user = super().authenticate_user(credentials)
        return user if isinstance(user, User) else None

    def get_session_lifetime(self, credentials: dict[str, Any]) -> timedelta | None:
        return timedelta(days=30) if credentials.get("remember") else None

    def get_session_claims(self, user: User, credentials: dict[str, Any]) -> dict[str, str]:
        return {"name": user.username}

    def get_response_data(self, user: User, pair: TokenPair) -> dict[str, Any]:
        data = super().get_response_data(user, pair)
        data["name"] = user.first_name
        return data


class ByNumber(JWTAuthentication):
    """Finds token and user in its own way."""

    def get_token(self, request: Request) -> str | None:
        return request.headers.get("X-Token")

    def get_user(self, claims: Claims) -> User:
        return User.objects.get(pk=claims["sub"])


class IsOwn(BasePermission):
    """Reads `request.auth`, which the REST framework does not type."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        claims = cast("Claims", request.auth)
        owner: str = view.kwargs["pk"]
        return claims["sub"] == owner


class Orders(APIView):
    """Demands a scope and a recent login."""

    authentication_classes = [ByNumber]
    permission_classes = [IsOwn, HasScope("orders.read"), RecentLogin(timedelta(minutes=5))]

    def get(self, request: Request, pk: str) -> Response:
        return Response({"pk": pk})
