"""The result of an inspection: a verdict, and the checks that lead to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from django_jwtkit.errors import ClaimError, JWTKitError, KeyMisused
from django_jwtkit.keys import StoredKey

Claims = Mapping[str, object]
Rows = QuerySet[StoredKey]
MEMBERS: Final = frozenset({"alg", "typ", "iss", "aud", "client_id", "azp", "cid"})
"""Checks that are named after the member of the token whose value they show."""


class Outcome(StrEnum):
    """The result of one check."""

    GOOD = gettext_noop("good")
    WRONG = gettext_noop("wrong")
    SKIPPED = gettext_noop("not checked")


class Check(NamedTuple):
    """One check. `advice` is empty where there is nothing to do."""

    name: str
    outcome: Outcome
    message: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What one source of tokens makes of a text: its checks, and the error of a real request with it.

    `is_signed`: the signature is verified; `is_verified`: the claims are good too. `holder` continues
    "Accepted …", and `reason` "Refused: …". `key` is the token's, where it is one of ours that may be told
    of. `authenticates` says whether an API accepts such a token at all: a refresh token is good elsewhere
    only.
    """

    kind: str
    holder: str
    claims: Claims | None
    is_signed: bool
    is_verified: bool
    checks: tuple[Check, ...]
    error: JWTKitError | None
    reason: str = ""
    key: StoredKey | None = None
    authenticates: bool = True


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What becomes of a token. `error` is what a request with it is refused for, None where it is accepted.

    `is_accepted` is None for a token that was not judged: during an outage, or because it was not opened.
    `authenticates` says whether `JWTAuthentication` accepts it. `jwks_only` continues "A service that
    knows only our JWKS …". `header_proof` and `claims_proof` stand in brackets beside header and claims.
    """

    verdict: str
    is_accepted: bool | None
    authenticates: bool | None
    error: JWTKitError | None
    reason: str
    source: str
    kind: str
    header: Claims
    claims: Claims | None
    is_signed: bool
    is_verified: bool
    header_proof: str
    claims_proof: str
    checks: tuple[Check, ...]
    jwks_only: str


def is_signed(verified: object, error: JWTKitError | None) -> bool:
    """Return whether a request has verified the signature: only then it judges a claim, or the key's use.

    `verified` are the claims that it has accepted, None for none.
    """
    return verified is not None or isinstance(error, ClaimError | KeyMisused)
