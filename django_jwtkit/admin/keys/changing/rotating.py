"""Rotating a ring: the keys before and after, by the one plan, and whether that is safe."""

from collections.abc import Iterable
from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from django_jwtkit import keys
from django_jwtkit.admin.keys.states import Row
from django_jwtkit.admin.keys.timeline import draw_both
from django_jwtkit.admin.permissions import REVOKE, has_permission
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.consequences import describe_readiness, foresee_rotation
from django_jwtkit.errors import JWTKitError
from django_jwtkit.keys import Plan
from django_jwtkit.keys.planning import TRUSTED, Planned, acting_signer, next_key
from django_jwtkit.wording import KeyName, Message

from .foreseen import foreseen_key
from .forms import RotateForm
from .outcome import SOURCE, KeysAdmin, refuse, report, to_list

AGE = gettext_noop("Key {key} has been signing for {age}.")


def rotate(admin: KeysAdmin, request: HttpRequest, ring: str, *, at_once: bool) -> HttpResponse:
    """Show the plan of a rotation of `ring`; on POST carry it out. `at_once`: the next key signs now."""
    try:
        plan = keys.preview(ring, at_once=at_once)
    except JWTKitError as error:
        return refuse(admin, request, error)
    unsafe, consequences = at_once and not plan.is_safe, foresee_rotation(plan)
    may_run = not consequences or has_permission(admin, request, REVOKE)
    if request.method == "POST" and not may_run:
        raise PermissionDenied
    expected = ring if any(each.is_grave for each in consequences) else ""
    data = request.POST if request.method == "POST" else None
    form = RotateForm(data, plan=plan, unsafe=unsafe, expected=expected)
    if form.is_valid():
        force = at_once and (unsafe or bool(consequences))
        return _carry_out(admin, request, plan, at_once=at_once, force=force)
    title = _("Rotate ring “%(ring)s” now") if at_once else _("Run the rotation of ring “%(ring)s”")
    page = {"title": title % {"ring": ring}, "unsafe": unsafe, "at_once": at_once, "form": form}
    page |= {"may_run": may_run, "foreseen": list(map(foreseen_key, consequences))}
    return admin.page(request, "storedkey/rotate.html", **page, **_describe(admin, plan, at_once=at_once))


def _describe(admin: KeysAdmin, plan: Plan, *, at_once: bool) -> dict[str, object]:
    """Return what the page says of `plan`."""
    readiness = describe_readiness(plan, keys.policy(plan.ring)) if at_once else None
    following = acting_signer(plan.after, plan.now)
    before, after = _relevant(plan, plan.before), _relevant(plan, plan.after)
    axis = [*before, *after]  # one axis, so that the pictures can be compared
    return {
        "steps": [sentence(message) for message in plan.messages],
        "faults": list(map(sentence, plan.faults.values())),
        "readiness": readiness and sentence(readiness),
        "age": _age(plan),
        "before": draw_both(before, plan.now, axis=axis),
        "after": draw_both(after, plan.now, axis=axis),
        "is_due": bool(plan),
        "run_first": _run_first(admin, plan),
        "can_wait": following is not None and bool(following.kid),
    }


def _run_first(admin: KeysAdmin, plan: Plan) -> str:
    """Return the address of the ring's run, where that must make the next key first; else empty.

    Waiting does not help then. Beside a key that can't be judged here, a run makes none.
    """
    is_missing = next_key(plan.before, plan.now) is None
    return admin.address("due", plan.ring) if is_missing and all(key.judged for key in plan.before) else ""


def _relevant(plan: Plan, lives: Iterable[Planned]) -> list[Row]:
    """Return the keys that matter: the trusted ones, and those that the plan changes."""
    lives, changed = list(lives), {key.kid for _, key in plan.changes()}
    acting = acting_signer(lives, plan.now)
    relevant = (key for key in lives if key.state(plan.now) in TRUSTED or key.kid in changed)
    return [_row(key, plan, signs=key is acting) for key in relevant]


def _row(key: Planned, plan: Plan, *, signs: bool) -> Row:
    """Return a key for the picture; one that signs before its turn, as the key that signs."""
    if not signs or key.begins <= plan.now:
        return Row.planned(key, plan.ring, plan.now)
    return replace(Row.planned(replace(key, sign_from=plan.now), plan.ring, plan.now), stands_in=True)


def _age(plan: Plan) -> SafeString | None:
    signing = acting_signer(plan.before, plan.now)
    if signing is None or signing.fault or signing.sign_from is None or signing.sign_from > plan.now:
        return None
    return sentence(Message(AGE, {"key": KeyName(signing.kid), "age": plan.now - signing.sign_from}))


def _carry_out(
    admin: KeysAdmin, request: HttpRequest, page_plan: Plan, *, at_once: bool, force: bool
) -> HttpResponse:
    """Rotate, and say what was done, which may differ from the plan on the page, but revokes no other key."""
    by, confirmed = request.user.get_username(), page_plan.revoked
    try:
        plan = keys.rotate(
            page_plan.ring, at_once=at_once, force=force, confirmed=confirmed, by=by, source=SOURCE
        )
    except JWTKitError as error:
        return refuse(admin, request, error)
    if plan.lost:
        words = _("Another process has changed this ring. Review the new plan.")
        admin.message_user(request, words, messages.WARNING)
    elif not plan:
        admin.message_user(request, _("Nothing was due."), messages.INFO)
    else:
        report(admin, request, plan)
    return to_list(admin)
