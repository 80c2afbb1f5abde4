"""A project's urls and views, as they were written for simplejwt but for the import prefix."""

from django.urls import include, path
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit.contrib.simplejwt.authentication import JWTAuthentication, JWTStatelessUserAuthentication
from django_jwtkit.contrib.simplejwt.serializers import TokenObtainPairSerializer, TokenRefreshSerializer
from django_jwtkit.contrib.simplejwt.tokens import RefreshToken
from django_jwtkit.contrib.simplejwt.views import (
    TokenObtainPairView,
    TokenRefreshView,
    token_obtain_sliding,
)


class ClaimsSerializer(TokenObtainPairSerializer):
    """The recipe of simplejwt's documentation: a claim more, and a member more."""

    @classmethod
    def get_token(cls, user):
        token = super().get_token(user)
        token["name"] = user.get_username()
        return token

    def validate(self, attrs):
        return {**super().validate(attrs), "user": self.user.get_username()}


class ClaimsView(TokenObtainPairView):
    serializer_class = ClaimsSerializer


class SizedRefreshSerializer(TokenRefreshSerializer):
    """A recipe: the answer says how long the access token lives, and who it is for."""

    def validate(self, attrs):
        data = super().validate(attrs)
        return {**data, "user_id": RefreshToken(attrs["refresh"])["user_id"]}


class SizedRefreshView(TokenRefreshView):
    serializer_class = SizedRefreshSerializer


class MineView(APIView):
    """The user who asks, and what the token says."""

    authentication_classes = (JWTAuthentication,)
    permission_classes = (IsAuthenticated,)

    def get(self, request):
        return Response({"user": request.user.get_username(), "claims": dict(request.auth)})


@api_view(["GET"])
@authentication_classes([JWTStatelessUserAuthentication])
@permission_classes([IsAuthenticated])
def describe_stateless(request):
    return Response({"id": request.user.id, "username": request.user.username, "role": request.user.role})


urlpatterns = [
    path("api/", include("django_jwtkit.contrib.simplejwt.urls")),
    path("claims/", ClaimsView.as_view()),
    path("sized/", SizedRefreshView.as_view()),
    path("sliding/", token_obtain_sliding),
    path("mine/", MineView.as_view()),
    path("stateless/", describe_stateless),
]
