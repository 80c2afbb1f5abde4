"""The endpoints of a user's logins: logout, the list, and one login of it."""

from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_204_NO_CONTENT, HTTP_400_BAD_REQUEST

from django_jwtkit import sessions, tokens, transport
from django_jwtkit.drf.bodies.serializers import SessionSerializer
from django_jwtkit.drf.challenges import translated_errors
from django_jwtkit.sessions import client_of

from .base import SerializerView
from .personal import AccountView, PersonalView


class LogoutView(PersonalView):
    """End the session of the access token; of a token of simplejwt, all that are as old."""

    def post(self, request: Request, **kwargs: object) -> Response:
        claims, user = self.claims_of(request), self.user_of(request)
        sid = transport.session_id(claims)
        with translated_errors():
            if sid is not None:
                end_session(self.http_request, sid, user)
            elif isinstance(claims, tokens.simplejwt.SimpleJWTClaims):
                sessions.cut_off_simplejwt(user)
                sessions.send_logged_out(self.http_request, user)
            else:
                return Response({"detail": "Token has no session"}, status=HTTP_400_BAD_REQUEST)
        return Response(status=HTTP_204_NO_CONTENT)


def end_session(request: HttpRequest, sid: UUID, user: AbstractBaseUser) -> None:
    """End the session `sid` of `user`, who asks for it, and tell Django of the logout."""
    account = str(user.pk)
    if sessions.end(sid, by=account, account=account, address=client_of(request).address):
        sessions.send_logged_out(request, user)


class LogoutAllView(AccountView):
    def post(self, request: Request, **kwargs: object) -> Response:
        with translated_errors():
            sessions.end_all(self.user_of(request), **self.actor(request))
        return Response(status=HTTP_204_NO_CONTENT)


class SessionListView(AccountView, SerializerView):
    serializer_class = SessionSerializer

    def get(self, request: Request, **kwargs: object) -> Response:
        context = {**self.get_serializer_context(), "sid": transport.session_id(self.claims_of(request))}
        with translated_errors():
            rows = self.get_serializer(sessions.live(self.user_of(request)), many=True, context=context).data
        return Response(rows)


class SessionDetailView(AccountView):
    def delete(self, request: Request, session_id: UUID, **kwargs: object) -> Response:
        with translated_errors():
            if not sessions.live(self.user_of(request)).filter(pk=session_id).exists():
                raise NotFound
            sessions.end(session_id, account=str(request.user.pk), **self.actor(request))
        return Response(status=HTTP_204_NO_CONTENT)
