"""The `typ` of a token: how it is compared, and with what (RFC 7515 §4.1.9, RFC 8725 §3.11)."""

from collections.abc import Collection, Mapping

from django_jwtkit.errors import WrongType
from django_jwtkit.wording import message as _


def check_type(header: Mapping[str, object], allowed: Collection[str | None]) -> None:
    """Raise `WrongType` unless the typ of `header` is one of `allowed` (RFC 8725 §3.11).

    `allowed` are results of `media_type`, or None for an absent typ.
    """
    typ = header.get("typ")
    if typ not in allowed and not (isinstance(typ, str) and typ and media_type(typ) in allowed):
        raise WrongType(_("another kind of token than this one"))


def media_type(typ: str) -> str:
    """Return `typ` in the form for comparison: lower case, without "application/" (RFC 7515 §4.1.9)."""
    if not isinstance(typ, str):
        raise TypeError(f"typ must be a str, got {type(typ).__name__}")
    if not typ:
        raise ValueError("typ must not be empty")
    return typ.lower().removeprefix("application/")
