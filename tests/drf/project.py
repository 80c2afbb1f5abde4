"""The views and the addresses of a project that uses us."""

from django.urls import include, path
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit.drf import JWTAuthentication, JWTStatelessAuthentication


class Me(APIView):
    """Says who asks."""

    authentication_classes = (JWTAuthentication,)
    permission_classes = (IsAuthenticated,)

    def get(self, request):
        return Response({"username": request.user.get_username(), "claims": request.auth})


class Open(Me):
    """Is there for everybody."""

    permission_classes = (AllowAny,)


class Behind(Me):
    """Asks the cookie first."""

    authentication_classes = (SessionAuthentication, JWTAuthentication)


class Stateless(Me):
    """Believes the token."""

    authentication_classes = (JWTStatelessAuthentication,)


urlpatterns = [
    path("me/", Me.as_view()),
    path("open/", Open.as_view()),
    path("behind/", Behind.as_view()),
    path("stateless/", Stateless.as_view()),
    path("api/", include("django_jwtkit.drf.urls")),
    path("<slug:tenant>/api/", include("django_jwtkit.drf.urls", namespace="tenant")),
    path("", include("django_jwtkit.wellknown.urls")),
]
