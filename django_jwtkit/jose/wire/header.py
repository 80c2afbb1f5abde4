"""The JOSE Header (RFC 7515 §4, RFC 7516 §4), read strictly and before anything is known about the token."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final, NamedTuple

from django_jwtkit.errors import MalformedToken, WrongType

from .encoding import MAX_LENGTH, b64u_decode, b64u_encode, dumps, loads, octets_of

# A token never asks for an extension (we understand none, RFC 7515 §4.1.11), never comes unencoded (RFC 7797
# §7) or compressed (a bomb, RFC 8725 §3.6).
REFUSED: Final = frozenset({"crit", "b64", "zip"})

# These name or bring a key. Nothing here ever reads them, so that tokens of issuers that write them can be
# verified (RFC 7515 §4). Our own rings never write them, and refuse a token that has one as an attempt.
KEY_REFERENCES: Final = frozenset({"jku", "x5u", "x5c", "jwk"})

# Thumbprints of a certificate. They fetch nothing and carry no key; they are not looked at.
IGNORED: Final = frozenset({"x5t", "x5t#S256"})

# What no caller may set: it is the key's or the message's own, or nobody should believe it.
RESERVED: Final = frozenset({"alg", "enc", "kid", *REFUSED, *KEY_REFERENCES})

MAX_KID: Final = 255  # characters of a kid in a header

# The kid of a key that is stored: thumbprints, UUIDs, dates, e-mail addresses; no slash, no quote, no white
# space, nothing that a path, a query, a log line or a database collation could read in its own way.
KID: Final = re.compile(r"[A-Za-z0-9._~@:+=-]{1,128}")

_TEXT: Final = ("typ", "cty")

MAX_KNOWN: Final = 64  # headers: what a ring's keys and kinds of token make of one another
MAX_KNOWN_LENGTH: Final = 512  # octets of a header that is worth remembering


class Known(NamedTuple):
    """A header that a good token had, the `Key` that proved it, and that key's check."""

    members: Mapping[str, object]
    key: object
    check: Callable[[bytes, bytes], bool]


# By the exact octets of their segment. A source of keys has one of these: all tokens of a key have one
# header, and to read it again takes 3.4 µs, to find it here 0.1. Which key it names is still asked each time.
KnownHeaders = dict[bytes, Known]


def remember(known: KnownHeaders, segment: bytes, seen: Known) -> None:
    """Note the header of a token whose signature was good: strangers can't fill this, nor change it.

    Only members that are text, which nobody who is handed them can change.
    """
    small = len(known) < MAX_KNOWN and len(segment) <= MAX_KNOWN_LENGTH
    if small and all(isinstance(value, str) for value in seen.members.values()):
        known[segment] = seen


def parse(segment: bytes | str) -> dict[str, object]:
    """Return the members of the JOSE Header in `segment`; raise `MalformedToken` for one that we do not read.

    `alg` is there and is a string; `kid`, `typ` and `cty` are well-formed where they are there.
    """
    header = loads(b64u_decode(segment))
    _check(header)
    return header


def write(members: Mapping[str, object]) -> str:
    """Return the segment of a JOSE Header; raise `ValueError` or `TypeError` for one that `parse` refuses."""
    if not all(isinstance(name, str) for name in members):
        raise TypeError("the names of header parameters are text")
    try:
        octets = dumps(members)
        _check(loads(octets))
    except MalformedToken as error:
        raise ValueError(f"bad header: {error}") from error
    except RecursionError as error:
        raise ValueError("bad header: nested too deep") from error
    return b64u_encode(octets)


def _check(header: Mapping[str, object]) -> None:
    """Raise `MalformedToken` for a header that we would not read."""
    if not REFUSED.isdisjoint(header):
        raise MalformedToken(f"header parameters that are not supported: {_names(REFUSED & header.keys())}")
    if not isinstance(header.get("alg"), str):
        raise MalformedToken("the header has no alg")
    if "kid" in header and not _may_be_read(header["kid"]):
        raise MalformedToken(f"the header's kid is not printable text of at most {MAX_KID} characters")
    if any(name in header and not isinstance(header[name], str) for name in _TEXT):
        raise MalformedToken("the header's typ and cty are text")


def check_type(header: Mapping[str, object], allowed: Collection[str | None]) -> None:
    """Raise `WrongType` unless the typ of `header` is one of `allowed` (RFC 8725 §3.11); None: it is absent.

    `allowed` are as `media_type` makes them.
    """
    typ = header.get("typ")
    if typ not in allowed and not (isinstance(typ, str) and typ and media_type(typ) in allowed):
        raise WrongType("another kind of token than this one")


def refuse_key_references(header: Mapping[str, object]) -> None:
    """Raise `MalformedToken` for a header that names or brings a key."""
    if not KEY_REFERENCES.isdisjoint(header):
        raise MalformedToken(
            f"header parameters that name a key: {_names(KEY_REFERENCES & header.keys())}: never ours"
        )


def check_reserved(parameters: Mapping[str, object], more: Collection[str] = ()) -> None:
    """Raise `ValueError` for header parameters that are not the caller's to set, those of `more` too."""
    reserved = RESERVED.union(more) & parameters.keys()
    if reserved:
        raise ValueError(f"bad header: not the caller's to set: {_names(reserved)}")


def media_type(typ: str) -> str:
    """Return `typ` as it is compared: in lower case, without "application/" (RFC 7515 §4.1.9)."""
    if not isinstance(typ, str):
        raise TypeError(f"typ must be text, got {type(typ).__name__}")
    if not typ:
        raise ValueError("typ must not be empty")
    return typ.lower().removeprefix("application/")


def is_kid(value: object) -> bool:
    """Whether `value` may name a key that is stored."""
    return isinstance(value, str) and KID.fullmatch(value) is not None


def is_foreign_kid(value: object) -> bool:
    """Whether `value` may name any key: its structure is unspecified (RFC 7515 §4.1.4).

    It is compared octet by octet.
    """
    return isinstance(value, str) and 0 < len(value) <= MAX_KID and value.isprintable()


def unverified_header(text: str | bytes, *, max_length: int = MAX_LENGTH) -> dict[str, object]:
    """Return the header of a compact JWS or JWE, for which NOBODY HAS VOUCHED; raise `MalformedToken`.

    Good for finding a key, and for nothing else.
    """
    whole = octets_of(text, max_length)
    if whole.count(b".") not in {2, 4}:
        raise MalformedToken("neither a compact JWS nor a compact JWE")
    return parse(whole[: whole.index(b".")])


def _may_be_read(kid: object) -> bool:
    """Whether a header may have this kid. An empty one, as some issuers write it, names no key."""
    return kid == "" or is_foreign_kid(kid)


def _names(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names))
