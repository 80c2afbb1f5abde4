"""`TokenUser`: a user as the token describes it, for views without a query."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Never

from django.contrib.auth.models import Group, Permission
from django.db.models.manager import EmptyManager

from .settings import api_settings


class TokenUser:
    """Claims as attributes, None for what the token lacks.

    `is_staff` and `is_superuser` are claims too, which only the project can have put into its tokens: that is
    simplejwt's rule. `django_jwtkit.drf.JWTStatelessAuthentication` makes nobody staff.
    """

    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_authenticated: ClassVar[bool] = True
    groups: ClassVar[EmptyManager[Group]] = EmptyManager(Group)
    user_permissions: ClassVar[EmptyManager[Permission]] = EmptyManager(Permission)

    def __init__(self, token: Mapping[str, Any]) -> None:
        self.token = token

    @cached_property
    def id(self) -> Any:
        return self.token[api_settings.USER_ID_CLAIM]

    @cached_property
    def pk(self) -> Any:
        return self.id

    @cached_property
    def username(self) -> str:
        return str(self.token.get("username", ""))

    @cached_property
    def is_staff(self) -> bool:
        return self.token.get("is_staff", False) is True

    @cached_property
    def is_superuser(self) -> bool:
        return self.token.get("is_superuser", False) is True

    def get_username(self) -> str:
        return self.username

    def get_group_permissions(self, obj: object = None) -> set[str]:
        return set()

    def get_all_permissions(self, obj: object = None) -> set[str]:
        return set()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return False

    def has_module_perms(self, module: str) -> bool:
        return False

    def save(self) -> Never:
        raise NotImplementedError("Token users have no DB representation")

    def delete(self) -> Never:
        raise NotImplementedError("Token users have no DB representation")

    def set_password(self, raw_password: str) -> Never:
        raise NotImplementedError("Token users have no DB representation")

    def check_password(self, raw_password: str) -> Never:
        raise NotImplementedError("Token users have no DB representation")

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, TokenUser) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return f"TokenUser {self.id}"

    def __getattr__(self, name: str) -> Any:
        if name == "token":  # while it is being unpickled
            raise AttributeError(name)
        return self.token.get(name)
