"""Views of one user's own logins."""

from collections.abc import Mapping, Sequence
from typing import TypedDict, cast

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request

from django_jwtkit.drf.authentication import LiveSessionAuthentication, OwnAudienceAuthentication
from django_jwtkit.sessions import client_of

from .base import PinnedView


class Actor(TypedDict):
    """Arguments of `sessions.end` and `sessions.end_all`."""

    by: str
    address: str | None


class PersonalView(PinnedView):
    """A view for access tokens of live sessions, whatever else the project accepts."""

    authentication_classes = (LiveSessionAuthentication,)
    permission_classes: Sequence[type[BasePermission]] = (IsAuthenticated,)

    def user_of(self, request: Request) -> AbstractBaseUser:
        """Return the user who asks: `IsAuthenticated` has refused everybody else."""
        return cast("AbstractBaseUser", request.user)

    def actor(self, request: Request) -> Actor:
        """Return what the log says of the user who ends a session of theirs here."""
        return {"by": str(request.user.pk), "address": client_of(self.http_request).address}

    def claims_of(self, request: Request) -> Mapping[str, object]:
        """Return the claims of the token that asks; none under DRF's `force_authenticate`, in a test."""
        return request.auth if isinstance(request.auth, Mapping) else {}


class AccountView(PersonalView):
    """A view of all the user's logins, for tokens that were issued for this service itself."""

    authentication_classes = (OwnAudienceAuthentication,)
