"""The permissions that the admin requires before it rotates or revokes keys, or ends sessions."""

from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

ROTATE: Final = "jwtkit.rotate_key"
REVOKE: Final = "jwtkit.revoke_key"
END: Final = "jwtkit.end_session"
INTROSPECT: Final = "jwtkit.introspect_token"
DECRYPT: Final = "jwtkit.decrypt_token"
FETCH: Final = "jwtkit.fetch_keys"
UNLINK: Final = "jwtkit.unlink_identity"


def has_permission(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, permission: str) -> bool:
    """Return whether the user has `permission`, and may view the rows of `model_admin` at all."""
    return model_admin.has_view_permission(request) and request.user.has_perm(permission)


def require(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, permission: str) -> None:
    """Raise `PermissionDenied` for a user without `permission`."""
    if not has_permission(model_admin, request, permission):
        raise PermissionDenied
