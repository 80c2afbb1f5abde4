"""The views of an API that accepts tokens of other issuers beside its own."""

from django.http import HttpResponse
from django.urls import include, path
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit.drf import JWTAuthentication, JWTCookieAuthentication, JWTStatelessAuthentication


class Me(APIView):
    """Says who the user is, and of which issuer the token is."""

    authentication_classes = (JWTAuthentication,)
    permission_classes = (IsAuthenticated,)

    def get(self, request):
        names = [request.auth.get(name) for name in ("iss", "sub", "role")]
        return Response({"pk": str(request.user.pk), "kind": type(request.auth).__name__, "names": names})


class Cookie(Me):
    """Takes the token from the access cookie, too."""

    authentication_classes = (JWTCookieAuthentication,)


class Stateless(Me):
    """Asks no database."""

    authentication_classes = (JWTStatelessAuthentication,)


def plain(request):
    return HttpResponse(f"{request.user.pk} {type(request.auth).__name__}")


urlpatterns = [
    path("cookie/", Cookie.as_view()),
    path("plain/", plain),
    path("me/", Me.as_view()),
    path("stateless/", Stateless.as_view()),
    path("api/", include("django_jwtkit.drf.urls")),
]
