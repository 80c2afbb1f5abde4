"""The endpoints: each reads, asks the room below, and answers."""

from .base import PinnedView
from .browser import CookieLogoutView, CookieObtainView, CookieRefreshView
from .login import TokenObtainPairView
from .personal import AccountView, PersonalView
from .sessions import LogoutAllView, LogoutView, SessionDetailView, SessionListView
from .tokens import TokenIntrospectView, TokenRefreshView, TokenRevokeView, TokenVerifyView

__all__ = [
    "AccountView",
    "CookieLogoutView",
    "CookieObtainView",
    "CookieRefreshView",
    "LogoutAllView",
    "LogoutView",
    "PersonalView",
    "PinnedView",
    "SessionDetailView",
    "SessionListView",
    "TokenIntrospectView",
    "TokenObtainPairView",
    "TokenRefreshView",
    "TokenRevokeView",
    "TokenVerifyView",
]
