"""The endpoints: each reads, asks the room below, and answers."""

from .base import PinnedView
from .login import TokenObtainPairView
from .personal import AccountView, PersonalView
from .sessions import LogoutAllView, LogoutView, SessionDetailView, SessionListView
from .tokens import TokenIntrospectView, TokenRefreshView, TokenRevokeView, TokenVerifyView

__all__ = [
    "AccountView",
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
