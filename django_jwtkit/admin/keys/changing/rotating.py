"""Rotating a ring: the keys before and after, by the one plan, and whether that is safe."""

from collections.abc import Iterable
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from django_jwtkit import keys
from django_jwtkit.admin.keys.states import Row
from django_jwtkit.admin.keys.timeline import draw_both
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.consequences import describe_readiness
from django_jwtkit.errors import JWTKitError
from django_jwtkit.keys import Plan
from django_jwtkit.keys.planning import TRUSTED, Planned, acting_signer, next_key
from django_jwtkit.wording import KeyName, Message

from .forms import RotateForm
from .outcome import SOURCE, KeysAdmin, refuse, report, to_list

AGE = gettext_noop("Key {key} has been signing for {age}.")


def rotate(admin: KeysAdmin, request: HttpRequest, ring: str, *, at_once: bool) -> HttpResponse:
    """Show the plan of a rotation of `ring`; on POST carry it out. `at_once`: the next key signs now."""
    try:
        plan = keys.preview(ring, at_once=at_once)
    except JWTKitError as error:
        return refuse(admin, request, error)
    unsafe = at_once and not plan.is_safe
    form = RotateForm(request.POST if request.method == "POST" else None, plan=plan, unsafe=unsafe)
    if form.is_valid():
        return _carry_out(admin, request, ring, at_once=at_once, force=unsafe)
    title = _("Rotate ring “%(ring)s” now") if at_once else _("Run the rotation of ring “%(ring)s”")
    page = {"title": title % {"ring": ring}, "unsafe": unsafe, "at_once": at_once, "form": form}
    return admin.page(request, "storedkey/rotate.html", **page, **_describe(admin, plan, at_once=at_once))


def _describe(admin: KeysAdmin, plan: Plan, *, at_once: bool) -> dict[str, object]:
    """Return what the page says of `plan`."""
    readiness = describe_readiness(plan, keys.policy(plan.ring)) if at_once else None
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
        # Where no next key is there, waiting does not help: the ring's run has to make one first.
        "run_first": "" if next_key(plan.before, plan.now) else admin.address("due", plan.ring),
    }


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
    if signing is None or signing.sign_from is None or signing.sign_from > plan.now:
        return None
    return sentence(Message(AGE, {"key": KeyName(signing.kid), "age": plan.now - signing.sign_from}))


def _carry_out(
    admin: KeysAdmin, request: HttpRequest, ring: str, *, at_once: bool, force: bool
) -> HttpResponse:
    """Rotate, and say what was done, which may differ from the plan on the page."""
    by = request.user.get_username()
    try:
        plan = keys.rotate(ring, at_once=at_once, force=force, by=by, source=SOURCE)
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
