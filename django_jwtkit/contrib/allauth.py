"""django-allauth's headless API with our tokens: `HEADLESS_TOKEN_STRATEGY`.

Each login by password, code, passkey or provider starts a session of ours. allauth's own session token
stays what it is, and goes on naming the Django session in which the account is managed.
"""

from typing import Any, Final, cast

from django.contrib.auth import user_logged_out
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.db.models.signals import post_delete, pre_save
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, sessions, tokens, transport
from django_jwtkit.errors import TokenError

from .extras import require

with require("allauth"):
    from allauth.core import context
    from allauth.core.exceptions import ImmediateHttpResponse
    from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy

SID: Final = "jwtkit_sid"
"""The name, in the data of a Django session and of a row of `allauth.usersessions`, of our session's ID."""


class TokenStrategy(SessionTokenStrategy):  # type: ignore[misc]
    """Issues `access_token` and `refresh_token` of ours at each login of an app, and rotates them.

    allauth's logout ends our session. Where ours could not be refreshed, its session token is refused too.
    """

    @sensitive_variables()
    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any]:
        """Start a session for the user who has just logged in, and return what the answer shows of it."""
        payload: dict[str, Any] | None = getattr(request, "_jwtkit_payload", None)
        if payload is None:  # allauth may build a second answer to one request
            payload = self._start(request)
            request._jwtkit_payload = payload  # type: ignore[attr-defined]  # noqa: SLF001 - our own
        return payload

    @sensitive_variables()
    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """Return the successors of `refresh_token`, None for one that is refused: allauth answers 400."""
        try:
            return sessions.refresh(refresh_token, request=context.request)
        except TokenError as error:
            transport.report(error, refresh_token)
            return None
        except transport.REFUSALS as error:
            raise ImmediateHttpResponse(transport.answer(error)) from error

    def lookup_session(self, session_token: str) -> SessionBase | None:
        """Return the Django session of `session_token`, unless ours in it is no longer good."""
        session: SessionBase | None = super().lookup_session(session_token)
        sid = None if session is None else session.get(SID)
        return session if sid is None or _is_good(sid) else None

    def get_session_claims(self, user: AbstractBaseUser, request: HttpRequest) -> dict[str, object]:
        """Return claims that stay with the session and stand in each of its access tokens (2 KiB of JSON)."""
        return {}

    @sensitive_variables()
    def _start(self, request: HttpRequest) -> dict[str, Any]:
        user = cast("AbstractBaseUser", request.user)
        try:
            claims = self.get_session_claims(user, request)
            pair = sessions.start(user, request=request, claims=claims)
            access: dict[str, Any] = {**tokens.verify(pair.access)}
        except transport.REFUSALS as error:
            raise ImmediateHttpResponse(transport.answer(error)) from error
        request.session[SID] = access["sid"]
        lasts = access["exp"] - access["iat"]
        return {"access_token": pair.access, "refresh_token": pair.refresh, "expires_in": lasts}


def _is_good(sid: str) -> bool:
    """Whether the session lives, and its user still has the password of the login: as at a refresh."""
    row = sessions.living(keys.now()).select_related("user").filter(pk=sid).first()
    return row is not None and tokens.password_stamps.has_stamp(row.auth_hash, row.user)


def end_login(sender: object, request: HttpRequest | None = None, **_: object) -> None:
    """End the session of ours that began with the Django session of `request`, which is logged out now."""
    sid = getattr(request, "session", {}).get(SID)
    if sid is not None:
        sessions.end(sid)


def note_login(sender: object, instance: Any, **_: object) -> None:
    """Note in a row of `allauth.usersessions`, before it is saved, which session of ours began with it."""
    session = getattr(context.request, "session", None)
    if session is not None and session.session_key == instance.session_key and SID in session:
        instance.data = {**(instance.data or {}), SID: session[SID]}


def end_listed_login(sender: object, instance: Any, **_: object) -> None:
    """End the session of ours behind a deleted row of `allauth.usersessions`: its owner no longer sees it."""
    sid = (instance.data or {}).get(SID)
    if sid is not None:
        sessions.end(sid)


user_logged_out.connect(end_login, dispatch_uid="jwtkit.end_login_of_allauth")
pre_save.connect(note_login, "usersessions.UserSession", dispatch_uid="jwtkit.note_login_of_allauth")
post_delete.connect(end_listed_login, "usersessions.UserSession", dispatch_uid="jwtkit.end_listed_login")
