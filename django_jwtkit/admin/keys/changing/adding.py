"""Making a key, and importing a public one. A private key is imported by command only (decision 0016)."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.errors import JWTKitError
from django_jwtkit.jose import Key
from django_jwtkit.keys import Plan, Policy, State
from django_jwtkit.keys.planning import by_turn

from .forms import MakeForm
from .import_form import ImportForm
from .outcome import SOURCE, KeysAdmin, refuse, report, to_list


def make(admin: KeysAdmin, request: HttpRequest, ring: str) -> HttpResponse:
    """Show what a new key of `ring` would do; on POST make it, if the ring is still as the page showed it."""
    policy = keys.policy(ring)
    data = request.POST if request.method == "POST" else request.GET
    form = MakeForm(data if "algorithm" in data else {"algorithm": policy.algorithm}, policy=policy)
    if not form.is_valid():
        return admin.page(request, "storedkey/make.html", title=_title(ring), form=form)
    algorithm = form.cleaned_data["algorithm"]
    try:
        plan = keys.preview_generation(ring, algorithm=algorithm)
        is_current = request.POST.get("line") == _line(plan)
        if request.method == "POST" and is_current:
            by = request.user.get_username()
            report(admin, request, keys.generate(ring, algorithm=algorithm, by=by, source=SOURCE))
            return to_list(admin)
    except JWTKitError as error:
        return refuse(admin, request, error)
    return admin.page(
        request, "storedkey/make.html", form=form, **_describe(plan, policy, algorithm, request)
    )


def _describe(plan: Plan, policy: Policy, algorithm: str, request: HttpRequest) -> dict[str, object]:
    """Return what the page says of `plan`. A POST that comes here was meant for another one."""
    return {
        "title": _title(plan.ring),
        "algorithm": algorithm,
        "line": _line(plan),
        "is_stale": request.method == "POST",
        "steps": [sentence(message) for message in plan.messages],
        "must_know": policy.has_consumers and algorithm != policy.algorithm,
    }


def _line(plan: Plan) -> str:
    """Return the keys behind which a new one takes its turn: the same click sent twice must not make two."""
    line = [key for key in plan.before if key.state(plan.now) in (State.ACTIVE, State.STANDBY)]
    return " ".join(key.kid for key in sorted(line, key=by_turn))


def _title(ring: str) -> str:
    return _("Make a key in ring “%(ring)s”") % {"ring": ring}


@sensitive_variables()
def import_public(admin: KeysAdmin, request: HttpRequest, rings: Sequence[str]) -> HttpResponse:
    """Ask for a public key and its end, show its thumbprint, and import it when that has been confirmed."""
    form = ImportForm(request.POST if request.method == "POST" else None, rings=rings)
    key = form.key if form.is_valid() else None
    confirmed = request.POST.get("confirmed")
    if key is not None and confirmed == form.summary:
        return _import(admin, request, form, key)
    page = {"title": _("Import a public key"), "form": form, "key": key, "is_stale": bool(confirmed)}
    return admin.page(request, "storedkey/import.html", **page)


def _import(admin: KeysAdmin, request: HttpRequest, form: ImportForm, key: Key) -> HttpResponse:
    ring, until = form.cleaned_data["ring"], form.cleaned_data["until"]
    by = request.user.get_username()
    try:
        row = keys.import_key(ring, key, verify_until=until, by=by, source=SOURCE)
    except JWTKitError as error:
        return refuse(admin, request, error)
    words = _("The key has been imported. It verifies, and never signs.")
    admin.log_change(request, row, f"Imported into ring {row.ring_id}: it verifies, and never signs.")
    admin.message_user(request, words, messages.SUCCESS)
    return HttpResponseRedirect(admin.address("change", row.pk))
