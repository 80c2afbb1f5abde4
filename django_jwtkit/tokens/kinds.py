"""Kinds of token. A token of one kind is never accepted as another (RFC 8725 §3.11, §3.12)."""

import re
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final, cast

from django_jwtkit import keys
from django_jwtkit.conf import SETTINGS, Settings, conf
from django_jwtkit.jose import media_type

# A media type without its "application/" (RFC 7515 §4.1.9), made of token characters (RFC 9110 §5.6.2).
_TYP: Final = re.compile(r"(application/)?[!#$%&'*+.^_`|~0-9a-z-]{1,64}", re.IGNORECASE | re.ASCII)

ACCESS_NAME: Final = "access"
ACCESS_TYPES: Final = ("at+jwt", "JWT")  # RFC 9068 §2.1, and what verifiers read that know no other


@dataclass(frozen=True)
class TokenKind:
    """A kind of token. The process knows it from the moment it is created.

    `typ` goes into the JOSE Header, and no other kind may have it. `lifetime` is a timedelta, or the name of
    a setting that is one. `ring` names the keys that sign. If `encrypted`, tokens are signed and then
    encrypted. If `subject`, tokens do not name a user but the `subject` that the caller passes, such as a
    service.

    Creating the same kind twice is fine. Raises `ValueError` for another kind with the same name or `typ`.
    """

    name: str
    _: KW_ONLY
    typ: str
    lifetime: timedelta | str
    encrypted: bool = False
    ring: str = "kinds"
    subject: bool = False

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("name must not be empty")
        if not _TYP.fullmatch(self.typ):
            raise ValueError(f"typ must be a media type such as 'download+jwt', got {self.typ!r}")
        if not isinstance(self.lifetime, timedelta) and self.lifetime not in SETTINGS:
            raise TypeError(f"lifetime must be a timedelta or the name of a setting, got {self.lifetime!r}")
        if isinstance(self.lifetime, timedelta) and self.lifetime <= timedelta(0):
            raise ValueError(f"lifetime must be positive, got {self.lifetime!r}")
        if not _is_registered(self):
            _kinds[self.name] = self
            keys.register_lifetime(self.ring, self.lifetime_under)
            keys.register_lifetime("encryption", self._encrypted_lifetime_under)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The typ values that tokens of this kind may have: one, or those of `ACCESS_TOKEN_TYP`."""
        return ACCESS_TYPES if self.name == ACCESS_NAME else (self.typ,)

    def typ_under(self, settings: Settings) -> str:
        """Return the typ of a new token of this kind under `settings`."""
        return settings.ACCESS_TOKEN_TYP if self.name == ACCESS_NAME else self.typ

    @property
    def lasts(self) -> timedelta:
        """The lifetime of a token of this kind under the present settings."""
        return self.lifetime_under(conf())

    @property
    def is_confidential(self) -> bool:
        """Whether tokens of this kind are encrypted, because of the kind or of the settings."""
        return self.is_encrypted_under(conf())

    def lifetime_under(self, settings: Settings) -> timedelta:
        """Return the lifetime of a token of this kind under `settings`."""
        if isinstance(self.lifetime, timedelta):
            return self.lifetime
        return cast("timedelta", getattr(settings, self.lifetime))

    def is_encrypted_under(self, settings: Settings) -> bool:
        """Return whether tokens of this kind are encrypted under `settings`."""
        return self.encrypted or self.name in settings.ENCRYPT

    def _encrypted_lifetime_under(self, settings: Settings) -> timedelta:
        """Return how long a token of this kind needs its encryption key."""
        return self.lifetime_under(settings) if self.is_encrypted_under(settings) else timedelta(0)


_kinds: Final[dict[str, TokenKind]] = {}


def registered_kinds() -> tuple[TokenKind, ...]:
    """Return the kinds of this process in the order of their creation."""
    return tuple(_kinds.values())


def _is_registered(kind: TokenKind) -> bool:
    """Return whether `kind` exists already. Raises `ValueError` if another kind has its name or typ."""
    for other in registered_kinds():
        if other == kind:
            return True
        if other.name == kind.name:
            raise ValueError(f"name must be unique, and there is already a kind of token named {kind.name!r}")
        if media_type(kind.typ) in map(media_type, other.types):
            raise ValueError(f"typ must be unique, and the kind {other.name!r} has {kind.typ!r} already")
    return False


ACCESS: Final = TokenKind(ACCESS_NAME, typ=ACCESS_TYPES[0], lifetime="ACCESS_TOKEN_LIFETIME", ring="access")
REFRESH: Final = TokenKind("refresh", typ="rt+jwt", lifetime="REFRESH_TOKEN_LIFETIME", ring="refresh")
