"""Tokens of the issuers in `TRUSTED_ISSUERS`."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import issuers
from django_jwtkit.errors import ClaimError, JWTKitError, KeyUnusableError, ServiceUnavailable, TokenError
from django_jwtkit.inspection.findings import MEMBERS, Check, Examination, Outcome, Rows
from django_jwtkit.inspection.reading import Presented
from django_jwtkit.inspection.stages import SIGNATURE, decisive_check, message_of, with_decisive
from django_jwtkit.issuers import ForeignToken, Issuer
from django_jwtkit.wording import Code, Message, escape, pair, words_of
from django_jwtkit.wording import message as _

KIND: Final = "foreign"
NAMED: Final = {"key": "signature", "service": "keys"}
"""Checks of our own tokens, and the names of the same among the steps of an issuer's."""
MODES: Final = {
    "linked": gettext_noop("subject {subject} is linked to user {user}"),
    "create": gettext_noop("subject {subject} is user {user}"),
    "stateless": gettext_noop("subject {subject} is the user, and no user of ours"),
}
MADE: Final = gettext_noop("its first request makes a user for subject {subject}")
BY_FUNCTION: Final = gettext_noop("{function} decides about subject {subject}; it is not called here")


@sensitive_variables()
def examine(token: Presented, visible: Rows | None) -> Examination:
    """Judge `token` as a request would, but make no user, change no groups, and note nothing.

    Keys are fetched only where the request would fetch them. `visible` keys of ours play no part.
    """
    issuer = issuers.issuer_named_in(token.text)
    if issuer is None:
        raise ValueError("token must be recognised as one of a trusted issuer")
    verified, user, error = _judge(token.text, issuer)
    keys = issuers.present_keys(issuer)
    steps = issuers.examine_token(issuer, keys, token.text)
    checks = [Check("issuer", Outcome.GOOD, _("{issuer} of TRUSTED_ISSUERS", issuer=issuer.name))]
    for step in steps:
        outcome = Outcome.GOOD if step.is_good else Outcome.WRONG
        checks.append(Check(step.name, outcome, step.message, step.advice))
    checks.append(Check("user", Outcome.GOOD if user else Outcome.SKIPPED, user or _("not looked up")))
    reason = ""
    if error is not None:
        decisive = _decisive(error, checks)
        checks = [_explained(check, error) if check.name == decisive else check for check in checks]
        checks = with_decisive(checks, decisive, words_of(error))
        reason = message_of(checks, decisive)
    return Examination(
        kind=KIND,
        holder=_("as a token of {issuer}: {user}", issuer=issuer.name, user=user),
        claims=token.claims,
        is_signed={step.name: step.is_good for step in steps}.get(SIGNATURE, False),
        is_verified=verified is not None,
        checks=tuple(checks),
        error=error,
        reason=reason,
    )


@sensitive_variables()
def _judge(text: str, issuer: Issuer) -> tuple[ForeignToken | None, str, JWTKitError | None]:
    """Return the verified token, the user that it means in words, and what a request is refused for."""
    verified: ForeignToken | None = None
    try:
        verified = issuers.verify(text)
        return verified, _describe_user(verified, issuer), None
    except (TokenError, ServiceUnavailable, KeyUnusableError) as error:
        return verified, "", error


def _describe_user(verified: ForeignToken, issuer: Issuer) -> str:
    """Return the user that the token means. Raises as `issuers.load_user` does."""
    user, mode = issuers.preview_user(verified), issuer.settings.USER
    subject = Code(escape(repr(verified.subject), 100))
    if mode not in MODES:
        return Message(BY_FUNCTION, {"function": mode, "subject": subject})
    words = MADE if user is None else MODES[mode]
    return Message(words, {"subject": subject, "user": escape(getattr(user, "pk", ""))})


def _explained(check: Check, error: JWTKitError) -> Check:
    """Return a failed check that shows what the token says, with what is wrong about that."""
    shows_value = check.outcome is Outcome.WRONG and check.name in MEMBERS
    explained = pair(words_of(error), check.message)
    return check._replace(message=explained) if shows_value else check


def _decisive(error: JWTKitError, checks: Sequence[Check]) -> str:
    """Return the check that `error` is about, by the names that this issuer's steps have."""
    wrong = [check.name for check in checks if check.outcome is Outcome.WRONG]
    if isinstance(error, ClaimError):
        names = [check.name for check in checks]
        return error.claim if error.claim in names else next(iter(wrong), "claims")
    name = decisive_check(error)
    return NAMED.get(name, name)
