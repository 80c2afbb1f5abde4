"""From the stages that a token passes to a list of checks, of which the error of the request decides one.

The verdict is that of the very functions that requests call. So the checks can explain it, but not differ.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from django_jwtkit.errors import (
    AlgorithmRefused,
    BadSignature,
    ClaimError,
    DecryptionError,
    JWTKitError,
    KeyMisused,
    MalformedToken,
    ServiceUnavailable,
    SessionEnded,
    UnknownKey,
    UserRefused,
    WrongType,
)
from django_jwtkit.wording import message as _

from .findings import Check, Outcome

DECISIVE: Final[Sequence[tuple[type[JWTKitError], str]]] = (
    (MalformedToken, "form"),
    (DecryptionError, "decryption"),
    (WrongType, "typ"),
    (AlgorithmRefused, "alg"),
    (UnknownKey, "key"),
    (BadSignature, "signature"),
    (KeyMisused, "key use"),
    (UserRefused, "user"),
    (SessionEnded, "session"),
    (ServiceUnavailable, "service"),
)
"""The check that each error is about."""

OF_CLAIMS: Final = {
    "iss": "iss",
    "aud": "aud",
    "sid": "session",
    **dict.fromkeys(("exp", "nbf", "iat", "auth_time"), "times"),
}
"""The check that an error about a claim is about; of any other claim it is `claims`."""


SIGNATURE: Final = "signature"
UNREACHED: Final = _("the request is refused before")


class Stage(NamedTuple):
    """A check of its own: `message` if it is good, `fault` if something speaks against it.

    The message `is_fact` where it tells what the token says: it is told even if no request gets that far.
    """

    name: str
    message: str
    fault: str = ""
    advice: str = ""
    is_skipped: bool = False
    is_fact: bool = False


def decisive_check(error: JWTKitError) -> str:
    """Return the name of the check that `error` is about."""
    if isinstance(error, ClaimError):
        return OF_CLAIMS.get(error.claim, "claims")
    return next((name for kind, name in DECISIVE if isinstance(error, kind)), "service")


def checks_of(stages: Iterable[Stage], decisive: str, reason: str, *, is_signed: bool) -> tuple[Check, ...]:
    """Return the checks of `stages`, of which the `decisive` one failed for `reason`; empty for none.

    A fault that the stage itself has found says more than `reason`. The request did not reach the
    checks after the decisive one. A fault there is told anyway: it is the next one to fix.
    """
    stages, checks, is_reached = _with_stage(decisive, list(stages), is_signed=is_signed), [], True
    for stage in stages:
        if stage.name == decisive:
            checks.append(Check(stage.name, Outcome.WRONG, stage.fault or reason, stage.advice))
            is_reached = False
        else:
            checks.append(_check(stage, is_reached=is_reached))
    return tuple(checks)


def _with_stage(decisive: str, stages: list[Stage], *, is_signed: bool) -> list[Stage]:
    """Return `stages` with one for `decisive`: before the signature, unless that is verified."""
    names = [stage.name for stage in stages]
    if decisive and decisive not in names:
        is_before = not is_signed and SIGNATURE in names
        stages.insert(names.index(SIGNATURE) if is_before else len(names), Stage(decisive, ""))
    return stages


def message_of(checks: Iterable[Check], name: str) -> str:
    """Return what the check of that `name` says; empty where there is none."""
    return next((check.message for check in checks if check.name == name), "")


def with_decisive(checks: Sequence[Check], decisive: str, reason: str) -> list[Check]:
    """Return `checks`, made independently of one another, in which the `decisive` one has failed."""
    if decisive not in [check.name for check in checks]:
        return [*checks, Check(decisive, Outcome.WRONG, reason)]
    return [
        Check(check.name, Outcome.WRONG, reason, check.advice)
        if check.name == decisive and check.outcome is not Outcome.WRONG
        else check
        for check in checks
    ]


def _check(stage: Stage, *, is_reached: bool) -> Check:
    if stage.fault:
        return Check(stage.name, Outcome.WRONG, stage.fault, stage.advice)
    if not is_reached:
        return Check(stage.name, Outcome.SKIPPED, stage.message if stage.is_fact else UNREACHED)
    return Check(stage.name, Outcome.SKIPPED if stage.is_skipped else Outcome.GOOD, stage.message)
