"""What a verified token of another issuer says, kept apart from everything that tokens of ours say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django_jwtkit.errors import MissingClaim
from django_jwtkit.tokens import TokenUser
from django_jwtkit.wording import message as _


@dataclass(frozen=True, slots=True)
class ForeignToken:
    """A verified token of another issuer. `issuer` is the entry of `TRUSTED_ISSUERS` that it came by.

    Permissions that are written for our own tokens ask `request.auth.get(…)`. Of a foreign token that is None
    for every name but iss: what another issuer means by `role` or `sid` is not what we mean.
    """

    claims: Mapping[str, Any]
    issuer: str
    subject: str
    scopes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()

    def get(self, name: str, default: Any = None) -> Any:
        return self.issuer if name == "iss" else default

    def __getitem__(self, name: str) -> Any:
        """Return the issuer, or raise `MissingClaim`: a `get_user` that needs a claim of ours answers 401."""
        if name == "iss":
            return self.issuer
        raise MissingClaim(_("a token of another issuer has no claim of ours"), name)


class ForeignUser(TokenUser):
    """A user as another issuer describes them. It equals no user of ours, whatever its subject is.

    `pk` is "<issuer>|<subject>". Permissions are those of the entry's `PERMISSIONS_CLAIM`.
    """

    def __init__(self, token: ForeignToken) -> None:
        self.claims = token.claims
        self.issuer, self.subject = token.issuer, token.subject
        self.pk = self.id = f"{token.issuer}|{token.subject}"
        self._permissions = frozenset(token.permissions)

    def get_all_permissions(self, obj: object = None) -> frozenset[str]:
        return frozenset() if obj is not None else self._permissions

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ForeignUser) and other.pk == self.pk

    def __hash__(self) -> int:
        return hash(self.pk)
