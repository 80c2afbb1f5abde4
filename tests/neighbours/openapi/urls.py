"""All our endpoints, and a project's views behind each of our authentication classes."""

from datetime import timedelta

from django.http import JsonResponse
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from django_jwtkit.contrib.simplejwt import authentication as simplejwt
from django_jwtkit.contrib.simplejwt.views import TokenObtainSlidingView
from django_jwtkit.drf import JWTAuthentication, JWTCookieAuthentication, JWTStatelessAuthentication
from django_jwtkit.drf.authentication import LiveSessionAuthentication, OwnAudienceAuthentication
from django_jwtkit.drf.permissions import HasScope, RecentLogin
from django_jwtkit.tokens import TokenKind

DOWNLOAD = TokenKind("download of openapi", typ="download-of-openapi+jwt", lifetime=timedelta(minutes=1))


class OwnAuthentication(JWTAuthentication):
    """As a project writes it."""


class DownloadAuthentication(JWTAuthentication):
    kind = DOWNLOAD


class SessionSerializer(serializers.Serializer):
    """One of the project's own, with a name that we use too."""

    note = serializers.CharField()


class ProjectView(GenericAPIView):
    """A view of the project."""

    serializer_class = SessionSerializer
    permission_classes = (IsAuthenticated,)

    def get(self, request):
        """Read the note."""
        return Response({"note": request.user.get_username()})


def handler404(request, exception):
    """Answer in JSON, as a project does that has nothing but an API."""
    return JsonResponse({"detail": "Not found."}, status=404)


CLASSES = {
    "header": JWTAuthentication,
    "own": OwnAuthentication,
    "stateless": JWTStatelessAuthentication,
    "cookie": JWTCookieAuthentication,
    "live": LiveSessionAuthentication,
    "audience": OwnAudienceAuthentication,
    "download": DownloadAuthentication,
    "simplejwt": simplejwt.JWTAuthentication,
    "simplejwt-stateless": simplejwt.JWTStatelessUserAuthentication,
}


def notes(name, *permissions):
    return ProjectView.as_view(
        authentication_classes=(CLASSES[name],), permission_classes=(IsAuthenticated, *permissions)
    )


urlpatterns = [
    path("api/", include("django_jwtkit.drf.urls")),
    path("browser/", include("django_jwtkit.drf.cookie_urls", namespace="browser")),
    path("old/", include("django_jwtkit.contrib.simplejwt.urls")),
    path("sliding/", TokenObtainSlidingView.as_view()),
    path("", include("django_jwtkit.wellknown.urls")),
    *(path(f"notes/{name}/", notes(name)) for name in CLASSES),
    path("notes/scope/", notes("header", HasScope("notes.read"))),
    path("notes/recent/", notes("header", RecentLogin(timedelta(minutes=5)))),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view()),
]
