"""A user as described by a token."""

from collections.abc import Iterable, Mapping
from typing import Never


class TokenUser:
    """A user as described by a token, for views that need no database.

    `pk` is the `sub` claim, a string. Permissions are the strings in the claim `permissions`, which only the
    project's `CLAIMS_FUNCTION` can set. No claim makes a user staff or superuser.
    """

    is_active = is_authenticated = True
    is_anonymous = is_staff = is_superuser = False

    def __init__(self, claims: Mapping[str, object]) -> None:
        self.claims = claims
        self.pk = self.id = str(claims["sub"])

    def get_username(self) -> str:
        return self.pk

    def get_all_permissions(self, obj: object = None) -> frozenset[str]:
        """Return the permissions in the token; none for a single object, which a token does not know."""
        names = self.claims.get("permissions")
        if obj is not None or not isinstance(names, list):
            return frozenset()
        return frozenset(name for name in names if isinstance(name, str))

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return perm in self.get_all_permissions(obj)

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return self.get_all_permissions(obj).issuperset(perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return any(name.startswith(f"{app_label}.") for name in self.get_all_permissions())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TokenUser) and other.pk == self.pk

    def __hash__(self) -> int:
        return hash(self.pk)

    def __str__(self) -> str:
        return self.pk

    def __getattr__(self, name: str) -> Never:
        message = (
            f"TokenUser has no {name!r}: JWTStatelessAuthentication does not query the database. "
            "Use JWTAuthentication where the user's row is needed."
        )
        raise AttributeError(message)
