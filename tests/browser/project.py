"""A project for browsers: our views by cookie, and two of its own."""

from django.urls import include, path
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit.drf import JWTCookieAuthentication


class Orders(APIView):
    """Is there for users."""

    authentication_classes = (JWTCookieAuthentication,)
    permission_classes = (IsAuthenticated,)

    def get(self, request):
        return Response({"username": request.user.get_username(), "auth": dict(request.auth or {})})

    def post(self, request):
        return Response({"username": request.user.get_username()}, status=201)


class Open(Orders):
    """Is there for everybody."""

    permission_classes = (AllowAny,)


urlpatterns = [
    path("orders/", Orders.as_view()),
    path("api/orders/", Orders.as_view()),
    path("open/", Open.as_view()),
    path("api/", include("django_jwtkit.drf.cookie_urls")),
    path("machines/", include("django_jwtkit.drf.urls", namespace="machines")),
    path("<str:tenant>/api/", include("django_jwtkit.drf.cookie_urls", namespace="tenant")),
]
