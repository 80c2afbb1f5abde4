"""The JOSE Header (RFC 7515 §4, RFC 7516 §4), parsed strictly before anything of the token is verified."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final, NamedTuple

from django_jwtkit.errors import MalformedToken
from django_jwtkit.wording import message as _

from .encoding import MAX_LENGTH, b64u_decode, b64u_encode, dumps, loads, octets_of

# No extensions, because we implement none (RFC 7515 §4.1.11); no unencoded payloads (RFC 7797 §7); no
# compression, which allows bombs (RFC 8725 §3.6).
REFUSED: Final = frozenset({"crit", "b64", "zip"})

# These reference or contain a key, and are ignored, so that tokens of issuers that set them can be verified
# (RFC 7515 §4). Our own rings never set them, and refuse a token that has one, because it is an attack.
KEY_REFERENCES: Final = frozenset({"jku", "x5u", "x5c", "jwk"})

# Thumbprints of a certificate. They are harmless, and ignored.
IGNORED: Final = frozenset({"x5t", "x5t#S256"})

# Header parameters that callers must not set: those of the key, of the message, and the dangerous ones.
RESERVED: Final = frozenset({"alg", "enc", "kid", *REFUSED, *KEY_REFERENCES})

MAX_KID: Final = 255  # characters

# The kid of a stored key: thumbprints, UUIDs, dates, e-mail addresses. It has no slash, quote or white space:
# nothing with a meaning in a path, a query, a log line or a collation.
KID: Final = re.compile(r"[A-Za-z0-9._~@:+=-]{1,128}")

_TEXT: Final = ("typ", "cty")

MAX_KNOWN: Final = 64  # headers: the combinations of the keys of a ring and the kinds of token
MAX_KNOWN_LENGTH: Final = 512  # octets


class Known(NamedTuple):
    """A header of a verified token, its `Key`, and that key's check."""

    members: Mapping[str, object]
    key: object
    check: Callable[[bytes, bytes], bool]


# Headers by the exact octets of their segment. A source of keys has one of these, because all tokens of a key
# have the same header: to parse it takes 3.4 µs, to find it here 0.1. The key is still looked up every time.
KnownHeaders = dict[bytes, Known]


def remember(headers: KnownHeaders, segment: bytes, header: Known) -> None:
    """Add the header of a token with a good signature. Strangers can neither fill nor change `headers`.

    Only headers whose members are all text are added, since nobody can change those in place.
    """
    is_small = len(headers) < MAX_KNOWN and len(segment) <= MAX_KNOWN_LENGTH
    if is_small and all(isinstance(value, str) for value in header.members.values()):
        headers[segment] = header


def parse(segment: bytes | str) -> dict[str, object]:
    """Return the members of the JOSE Header in `segment`. Raises `MalformedToken`.

    `alg` is present and a string; `kid`, `typ` and `cty` are well-formed if they are present.
    """
    header = loads(b64u_decode(segment))
    _check(header)
    return header


def write(members: Mapping[str, object]) -> str:
    """Return the segment of a JOSE Header. Raises `ValueError`, `TypeError` for one that `parse` refuses."""
    if not all(isinstance(name, str) for name in members):
        raise TypeError("names of header parameters must be str")
    try:
        octets = dumps(members)
        _check(loads(octets))
    except MalformedToken as error:
        raise ValueError(f"bad header: {error}") from error
    except RecursionError as error:
        raise ValueError("bad header: nested too deep") from error
    return b64u_encode(octets)


def _check(header: Mapping[str, object]) -> None:
    """Raise `MalformedToken` for a header that is not acceptable."""
    if not REFUSED.isdisjoint(header):
        raise MalformedToken(
            _("header parameters that are not supported: {names}", names=_names(REFUSED & header.keys()))
        )
    if not isinstance(header.get("alg"), str):
        raise MalformedToken(_("the header has no alg"))
    if "kid" in header and not _is_acceptable_kid(header["kid"]):
        raise MalformedToken(
            _("the header's kid is not printable text of at most {limit} characters", limit=MAX_KID)
        )
    if any(name in header and not isinstance(header[name], str) for name in _TEXT):
        raise MalformedToken(_("the header's typ and cty must be text"))


def refuse_key_references(header: Mapping[str, object]) -> None:
    """Raise `MalformedToken` for a header that references or contains a key."""
    if not KEY_REFERENCES.isdisjoint(header):
        raise MalformedToken(
            _(
                "header parameters that name a key, never ours: {names}",
                names=_names(KEY_REFERENCES & header.keys()),
            )
        )


def check_reserved(parameters: Mapping[str, object], more: Collection[str] = ()) -> None:
    """Raise `ValueError` for header parameters that callers must not set, including `more`."""
    reserved = RESERVED.union(more) & parameters.keys()
    if reserved:
        raise ValueError(f"header must not have the reserved parameters {_names(reserved)}")


def is_kid(value: object) -> bool:
    """Return whether `value` can be the kid of a stored key."""
    return isinstance(value, str) and KID.fullmatch(value) is not None


def is_foreign_kid(value: object) -> bool:
    """Return whether `value` can be the kid of any key. Its structure is unspecified (RFC 7515 §4.1.4).

    Key IDs are compared octet by octet.
    """
    return isinstance(value, str) and 0 < len(value) <= MAX_KID and value.isprintable()


def unverified_header(text: str | bytes, *, max_length: int = MAX_LENGTH) -> dict[str, object]:
    """Return the header of a compact JWS or JWE WITHOUT ANY VERIFICATION. Raises `MalformedToken`.

    Use it to find a key, and for nothing else.
    """
    octets = octets_of(text, max_length)
    if octets.count(b".") not in {2, 4}:
        raise MalformedToken(_("neither a compact JWS nor a compact JWE"))
    return parse(octets[: octets.index(b".")])


def _is_acceptable_kid(kid: object) -> bool:
    """Return whether a header may have this kid. An empty one, which some issuers write, names no key."""
    return kid == "" or is_foreign_kid(kid)


def _names(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names))
