"""The endpoints of each package, and a plain view behind each authentication."""

from collections.abc import Callable

from allauth.headless.account.views import LoginView as AllauthLoginView
from allauth.headless.constants import Client
from allauth.headless.contrib.rest_framework.authentication import (
    JWTTokenAuthentication as AllauthAuthentication,
)
from allauth.headless.tokens.views import RefreshTokenView as AllauthRefreshView
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication as SimpleJWTAuthentication
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from django_jwtkit import sessions
from django_jwtkit.drf import JWTAuthentication, JWTStatelessAuthentication


class Checking(JWTAuthentication):
    """Check the session as `CHECK_SESSION` does, without changing a setting for each call."""

    def get_user(self, claims: dict[str, object]) -> AbstractBaseUser:
        return sessions.check(claims)


View = Callable[[HttpRequest], HttpResponse]


def view(*classes: type[BaseAuthentication]) -> View:
    """Return a view that greets each user that `classes` authenticate."""

    class Hello(APIView):
        authentication_classes = classes

        def get(self, request: Request) -> Response:
            return Response({"hello": str(request.user.pk)})

    return Hello.as_view()


def behind_session(inner: View) -> View:
    """Return `inner` behind the middleware of Django's session, which costs no other view anything here."""
    return SessionMiddleware(AuthenticationMiddleware(inner))


urlpatterns = [
    path("ours/", include("django_jwtkit.drf.urls")),
    path("", include("django_jwtkit.wellknown.urls")),
    path("simplejwt/token/", TokenObtainPairView.as_view()),
    path("simplejwt/token/refresh/", TokenRefreshView.as_view()),
    path("hello/nobody", view()),
    path("hello/ours", view(JWTAuthentication)),
    path("hello/ours-checking", view(Checking)),
    path("hello/ours-stateless", view(JWTStatelessAuthentication)),
    path("hello/simplejwt", view(SimpleJWTAuthentication)),
    path("hello/simplejwt-stateless", view(JWTStatelessUserAuthentication)),
    path("hello/knox", view(KnoxAuthentication)),
    path("hello/allauth", view(AllauthAuthentication)),
    path("hello/session", behind_session(view(SessionAuthentication))),
    path("allauth/token/", behind_session(AllauthLoginView.as_api_view(client=Client.APP))),
    path("allauth/token/refresh/", behind_session(AllauthRefreshView.as_api_view(client=Client.APP))),
]
