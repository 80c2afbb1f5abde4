"""The endpoints of a user's logins: logout, the list, and one login of it."""

from typing import Any
from uuid import UUID

from django.contrib.auth import user_logged_out
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_204_NO_CONTENT, HTTP_400_BAD_REQUEST

from django_jwtkit import sessions, tokens, transport
from django_jwtkit.drf.bodies.serializers import SessionSerializer
from django_jwtkit.drf.challenges import translated_errors

from .personal import AccountView, PersonalView


class LogoutView(PersonalView):
    def post(self, request: Request, **kwargs: object) -> Response:
        claims = self.claims_of(request)
        sid = transport.session_id(claims)
        with translated_errors():
            if sid is not None:
                sessions.end(sid, account=str(request.user.pk), **self.actor(request))
            elif isinstance(claims, tokens.simplejwt.SimpleJWTClaims):
                sessions.cut_off_simplejwt(self.user_of(request))
            else:
                return Response({"detail": "Token has no session"}, status=HTTP_400_BAD_REQUEST)
        # Robustly: the session has ended, whatever a receiver says.
        user = self.user_of(request)
        user_logged_out.send_robust(sender=type(user), request=self.http_request, user=user)
        return Response(status=HTTP_204_NO_CONTENT)


class LogoutAllView(AccountView):
    def post(self, request: Request, **kwargs: object) -> Response:
        with translated_errors():
            sessions.end_all(self.user_of(request), **self.actor(request))
        return Response(status=HTTP_204_NO_CONTENT)


class SessionListView(AccountView):
    serializer_class = SessionSerializer

    def get(self, request: Request, **kwargs: object) -> Response:
        with translated_errors():
            rows = self.get_serializer(sessions.live(self.user_of(request)), many=True).data
        return Response(rows)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "sid": transport.session_id(self.claims_of(self.request))}


class SessionDetailView(AccountView):
    def delete(self, request: Request, session_id: UUID, **kwargs: object) -> Response:
        with translated_errors():
            if not sessions.live(self.user_of(request)).filter(pk=session_id).exists():
                raise NotFound
            sessions.end(session_id, account=str(request.user.pk), **self.actor(request))
        return Response(status=HTTP_204_NO_CONTENT)
