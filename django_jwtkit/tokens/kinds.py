"""The kinds of token: a kind is never accepted for another (RFC 8725 §3.11, §3.12)."""

import re
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import Final, cast

from django_jwtkit import keys
from django_jwtkit.conf import SETTINGS, Settings, conf
from django_jwtkit.jose import media_type

# A media type without its "application/" (RFC 7515 §4.1.9), made of token characters (RFC 9110 §5.6.2).
_TYP: Final = re.compile(r"(application/)?[!#$%&'*+.^_`|~0-9a-z-]{1,64}", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class TokenKind:
    """A kind of token, known to the whole process from its making on.

    `typ` goes into the JOSE Header, and no other kind may have it. `lifetime` is a timedelta, or the name of
    the setting that holds one. `ring` names the keys that sign. `encrypted`: signed first, then encrypted.
    `subject`: its tokens name no user but what the caller passes as `subject`, a service say.
    Making the same kind twice is fine; a second kind of the same name or `typ` is a `ValueError`.
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
            raise ValueError("a kind of token needs a name")
        if not _TYP.fullmatch(self.typ):
            raise ValueError(f"{self.typ!r} is no typ: a media type such as 'download+jwt' is")
        if not isinstance(self.lifetime, timedelta) and self.lifetime not in SETTINGS:
            raise TypeError("a token's lifetime is a timedelta, or the name of the setting that holds one")
        if isinstance(self.lifetime, timedelta) and self.lifetime <= timedelta(0):
            raise ValueError("a token's lifetime is more than nothing")
        if _register(self):
            keys.register_lifetime(self.ring, self.lifetime_under)
            keys.register_lifetime("encryption", self._encrypted_lifetime_under)

    @property
    def lasts(self) -> timedelta:
        """How long a token of this kind lives, as the settings have it now."""
        return self.lifetime_under(conf())

    @property
    def confidential(self) -> bool:
        """Whether tokens of this kind are encrypted, by themselves or by the settings."""
        return self.is_encrypted_under(conf())

    def lifetime_under(self, settings: Settings) -> timedelta:
        """Return how long a token of this kind lives under `settings`."""
        if isinstance(self.lifetime, timedelta):
            return self.lifetime
        return cast("timedelta", getattr(settings, self.lifetime))

    def is_encrypted_under(self, settings: Settings) -> bool:
        """Return whether tokens of this kind are encrypted under `settings`."""
        return self.encrypted or self.name in settings.ENCRYPT

    def _encrypted_lifetime_under(self, settings: Settings) -> timedelta:
        """Return how long an encryption key is needed for such a token."""
        return self.lifetime_under(settings) if self.is_encrypted_under(settings) else timedelta(0)


_kinds: Final[dict[str, TokenKind]] = {}


def registered_kinds() -> tuple[TokenKind, ...]:
    """Return the kinds that this process has met, in the order in which they were made."""
    return tuple(_kinds.values())


def _register(kind: TokenKind) -> bool:
    """Return whether `kind` is new. Raises `ValueError` for a name or typ of another kind."""
    for other in registered_kinds():
        if other == kind:
            return False
        if other.name == kind.name:
            raise ValueError(f"there is a kind of token named {kind.name!r} already")
        if media_type(other.typ) == media_type(kind.typ):
            raise ValueError(f"the typ {kind.typ!r} is that of the kind {other.name!r} already")
    _kinds[kind.name] = kind
    return True


ACCESS: Final = TokenKind("access", typ="at+jwt", lifetime="ACCESS_TOKEN_LIFETIME", ring="access")
REFRESH: Final = TokenKind("refresh", typ="rt+jwt", lifetime="REFRESH_TOKEN_LIFETIME", ring="refresh")
