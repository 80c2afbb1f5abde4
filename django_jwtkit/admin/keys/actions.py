"""The two operations on keys: rotate a ring, revoke a key. Each page shows its plan before it is carried out.

Callers have checked the permission already.
"""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from django_jwtkit import keys
from django_jwtkit.admin.read_only import ReadOnlyAdmin
from django_jwtkit.errors import JWTKitError

from .forms import RevokeForm, RotateForm
from .states import state_badge

SOURCE = "admin"


def rotate(
    admin: ReadOnlyAdmin[keys.StoredKey], request: HttpRequest, ring: str, *, at_once: bool
) -> HttpResponse:
    """Show the plan of a rotation of `ring`; on POST carry it out. `at_once`: the next key signs now."""
    try:
        plan = keys.preview(ring, at_once=at_once)
    except JWTKitError as error:
        return _refused(admin, request, error)
    unsafe = at_once and not plan.is_safe
    form = RotateForm(request.POST if request.method == "POST" else None, plan=plan, unsafe=unsafe)
    if form.is_valid():
        by = request.user.get_username()

        def work() -> keys.Plan:
            return keys.rotate(ring, at_once=at_once, force=unsafe, by=by, source=SOURCE)

        return _carry_out(admin, request, keys.Ring(name=ring), work)
    title = _("Rotate ring “%(ring)s” now") if at_once else _("Run the rotation of ring “%(ring)s”")
    page = {"title": title % {"ring": ring}, "plan": plan, "unsafe": unsafe, "at_once": at_once, "form": form}
    return admin.page(request, "storedkey/rotate.html", **page)


def revoke(admin: ReadOnlyAdmin[keys.StoredKey], request: HttpRequest, key: keys.StoredKey) -> HttpResponse:
    """Show the plan of a revocation of `key` and ask for the reason; on POST carry it out."""
    if key.revoked_at is not None:
        admin.message_user(request, _("This key has already been revoked: %s") % key.reason, messages.INFO)
        return _to_list(admin)
    try:
        plan = keys.preview_revocation(key.kid, reason=_("the reason below"))
    except JWTKitError as error:
        return _refused(admin, request, error)
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        reason, by = form.cleaned_data["reason"], request.user.get_username()

        def work() -> keys.Plan:
            return keys.revoke(key.kid, reason=reason, by=by, source=SOURCE)

        return _carry_out(admin, request, key, work)
    page = {"title": _("Permanently revoke this key"), "key": key, "plan": plan, "form": form}
    return admin.page(request, "storedkey/revoke.html", state=state_badge(key.state()), **page)


def _carry_out(
    admin: ReadOnlyAdmin[keys.StoredKey],
    request: HttpRequest,
    target: keys.Ring | keys.StoredKey,
    work: Callable[[], keys.Plan],
) -> HttpResponse:
    """Do `work`, log it, and show what was done, which may differ from the plan on the page."""
    try:
        plan = work()
    except JWTKitError as error:
        return _refused(admin, request, error)
    if plan.lost:
        admin.message_user(
            request, _("Another process has changed this ring. Review the new plan."), messages.WARNING
        )
    elif not plan:
        admin.message_user(request, _("Nothing was due."), messages.INFO)
    else:
        message = " ".join(plan.sentences())
        admin.log_change(request, target, message)  # type: ignore[arg-type] # a ring is as good an object as a key
        admin.message_user(request, message, messages.SUCCESS)
    return _to_list(admin)


def _refused(admin: ReadOnlyAdmin[keys.StoredKey], request: HttpRequest, error: JWTKitError) -> HttpResponse:
    admin.message_user(request, str(error), messages.ERROR)
    return _to_list(admin)


def _to_list(admin: ReadOnlyAdmin[keys.StoredKey]) -> HttpResponse:
    url = reverse("admin:jwtkit_storedkey_changelist", current_app=admin.admin_site.name)
    return HttpResponseRedirect(url)
