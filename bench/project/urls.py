"""The endpoints of each package, and a plain view behind each authentication."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.urls import include, path
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.authentication import BaseAuthentication
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


def view(*classes: type[BaseAuthentication]) -> object:
    """Return a view that greets each user that `classes` authenticate."""

    class Hello(APIView):
        authentication_classes = classes

        def get(self, request: Request) -> Response:
            return Response({"hello": str(request.user.pk)})

    return Hello.as_view()


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
]
