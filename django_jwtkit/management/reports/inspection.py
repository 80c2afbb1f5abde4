"""The contents of a token, and whether it is accepted here. Reading a token proves nothing about it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.conf import conf
from django_jwtkit.errors import RefreshReused, TokenError, WrongType
from django_jwtkit.jose import encoding, is_kid, media_type, unverified_header
from django_jwtkit.keys.store import stored_keys
from django_jwtkit.management.layout import Verbatim
from django_jwtkit.sessions import rows as session_rows
from django_jwtkit.tokens import TokenKind, registered_kinds
from django_jwtkit.wording import escape, how_long, when

Claims = Mapping[str, object]
DATES: Final = ("iat", "nbf", "exp")
PARTS_OF_A_JWS: Final = 3


@dataclass(frozen=True, slots=True)
class Inspection:
    """A token that was read. `verified`: its signature is good. `refusal` is None if it is accepted."""

    header: Claims
    claims: Claims | None
    verified: bool
    kind: str
    refusal: TokenError | None
    remark: str = ""

    def lines(self) -> Iterator[str]:
        if self.header:
            yield "Header (unverified: anyone can write this):"
            yield from _indented(self.header)
        if self.claims is not None:
            proof = "verified" if self.verified else "NOT verified: anyone can write this"
            yield f"Claims ({proof}):"
            yield from _indented(self.claims)
            yield from _dates(self.claims)
        yield f"Kind:    {self.kind or 'none of ours'}"
        yield f"Key:     {_key(self.header)}"
        yield f"Verdict: {self._verdict()}"

    def to_dict(self) -> dict[str, object]:
        return {
            "accepted": self.refusal is None,
            "code": self.refusal and self.refusal.code,
            "reason": str(self.refusal) if self.refusal else self.remark,
            "kind": self.kind or None,
            "header": self.header,
            "claims": self.claims,
            "verified": self.verified,
        }

    def _verdict(self) -> str:
        if self.refusal is None:
            return f"accepted. {self.remark}".rstrip()
        return f"refused ({self.refusal.code}): {self.refusal}."


@sensitive_variables()
def inspect(text: str) -> Inspection:
    """Judge `text` as a request with it would be judged. Raises `ServiceUnavailable` where that fails."""
    try:
        header = unverified_header(text)
    except TokenError as error:
        return Inspection({}, None, verified=False, kind="", refusal=error)
    claims = _unverified(text)
    refusal: TokenError = WrongType(f"no kind of token of this project has the typ {header.get('typ')!r}")
    for kind in _candidates(text, header):
        try:
            verified = tokens.verify(text, kind=kind)
        except TokenError as error:
            refusal = error
            if not isinstance(error, WrongType):
                return Inspection(header, claims, verified=False, kind=kind.name, refusal=error)
            continue
        return _with_session(header, verified, kind)
    return Inspection(header, claims, verified=False, kind="", refusal=refusal)


def _with_session(header: Claims, claims: Claims, kind: TokenKind) -> Inspection:
    """Check the user and the session, as far as a request would for this kind of token."""
    try:
        remark = _check_user_and_session(claims, kind)
    except TokenError as error:
        return Inspection(header, claims, verified=True, kind=kind.name, refusal=error)
    return Inspection(header, claims, verified=True, kind=kind.name, refusal=None, remark=remark)


def _check_user_and_session(claims: Claims, kind: TokenKind) -> str:
    if kind not in (tokens.ACCESS, tokens.REFRESH):
        return "The project's own code decides about its user and session."
    if kind == tokens.ACCESS and not conf().CHECK_SESSION:
        tokens.users.load(claims)
        return "Its session is not checked: CHECK_SESSION is off."
    sessions.check(claims)
    if kind == tokens.REFRESH:
        _check_counter(claims)
    return "Its session is live."


def _check_counter(claims: Claims) -> None:
    session = session_rows().filter(pk=sessions.session_id(claims)).first()
    if session is not None and claims.get("cnt") != session.counter:
        raise RefreshReused(
            f"spent: its counter is {claims.get('cnt')}, that of its session {session.counter}; the previous "
            f"token is accepted for {how_long(conf().REFRESH_GRACE)} only"
        )


def _candidates(text: str, header: Claims) -> list[TokenKind]:
    """Return the kind that the header names; for an encrypted token, whose typ is inside, every such kind."""
    if text.count(".") + 1 != PARTS_OF_A_JWS:
        return [kind for kind in registered_kinds() if kind.is_confidential]
    typ = header.get("typ")
    return [
        kind
        for kind in registered_kinds()
        if isinstance(typ, str) and media_type(typ) in map(media_type, kind.types)
    ]


def _unverified(text: str) -> Claims | None:
    parts = text.split(".")
    if len(parts) != PARTS_OF_A_JWS:
        return None
    try:
        return encoding.loads(encoding.b64u_decode(parts[1]))
    except TokenError:
        return None


def _indented(members: Claims) -> list[str]:
    return [Verbatim(f"  {line}") for line in json.dumps(members, indent=2).split("\n")]


def _dates(claims: Claims) -> Iterator[str]:
    now = keys.now()
    for name in DATES:
        moment = _moment(claims.get(name))
        if moment is not None:
            distance = how_long(abs(now - moment))
            yield f"  {name}: {when(moment)}, {f'{distance} ago' if moment <= now else f'in {distance}'}"


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _key(header: Claims) -> str:
    kid = header.get("kid")
    if not isinstance(kid, str):
        return "none: the header has no kid"
    rows = stored_keys().filter(kid=kid) if is_kid(kid) else ()
    row = next((row for row in rows if row.kid == kid), None)
    if row is None:
        return f"{escape(kid)}: unknown here"
    return f"{kid} ({row.alg}, ring {row.ring_id}) is {row.state()}"
