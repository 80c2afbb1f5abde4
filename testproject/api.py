"""The API of the test project: the user of a token, and a confidential order to pay."""

from typing import cast

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit import tokens
from django_jwtkit.errors import TokenError

from .kinds import PAYMENT


class Protected(APIView):
    """JSON for users who are logged in."""

    permission_classes = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)


def caller(request: Request) -> AbstractBaseUser:
    """Return the user; `IsAuthenticated` ensures that there is one."""
    return cast("AbstractBaseUser", request.user)


class Me(serializers.Serializer[object]):
    """A user, and the claims of the token."""

    username = serializers.CharField()
    claims = serializers.DictField()


class MeView(Protected):
    """GET returns the user of the token, and its claims."""

    serializer_class = Me

    def get(self, request: Request) -> Response:
        claims = getattr(request.auth, "claims", request.auth)  # of a partner's token, or of ours
        return Response({"username": request.user.get_username(), "claims": claims})


class Payment(serializers.Serializer[object]):
    """An order to pay an amount to an account."""

    amount = serializers.RegexField(r"^[0-9]{1,9}\.[0-9]{2}$", max_length=12)
    currency = serializers.RegexField(r"^[A-Z]{3}$", max_length=3)
    account = serializers.RegexField(r"^[A-Z0-9]{8,34}$", max_length=34)


class PaymentView(Protected):
    """POST an order to pay: 201 with a token that is encrypted."""

    serializer_class = Payment

    def post(self, request: Request) -> Response:
        order = Payment(data=request.data)
        order.is_valid(raise_exception=True)
        text = tokens.issue(caller(request), kind=PAYMENT, claims={"payment": dict(order.validated_data)})
        return Response({"payment": text}, status=201)


class Sealed(serializers.Serializer[object]):
    """A payment token."""

    payment = serializers.CharField(max_length=8192)


class PaymentReadView(Protected):
    """POST the token: 200 with the order in it, for the user who gave it."""

    serializer_class = Sealed

    def post(self, request: Request) -> Response:
        sealed = Sealed(data=request.data)
        sealed.is_valid(raise_exception=True)
        try:
            claims = tokens.verify(sealed.validated_data["payment"], kind=PAYMENT)
        except TokenError as refusal:
            raise ValidationError({"payment": [refusal.detail]}) from refusal
        if claims["sub"] != tokens.users.subject(caller(request)):
            raise PermissionDenied("This is another user's payment")
        return Response(claims["payment"])
