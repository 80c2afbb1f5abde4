"""Running the rotation of all rings: what a run of the job would do now, and what became of each ring."""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_jwtkit import keys
from django_jwtkit.admin.badges import badge
from django_jwtkit.admin.keys.next_run import next_runs
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.errors import JWTKitError
from django_jwtkit.wording import words_of

from .outcome import SOURCE, KeysAdmin, note_plan

NAMED: Final = 12  # rings with nothing to do; of more only the number is told


class _Result(Enum):
    """The end of a ring's run: the colour of the badge and its words."""

    FAILED = ("fault", gettext_lazy("Failed"))
    LOST = ("standby", gettext_lazy("Not done here"))
    CHANGED = ("active", gettext_lazy("Changed"))
    NOTHING = ("expired", gettext_lazy("Nothing was due"))


class _Outcome(NamedTuple):
    """What became of a ring: `words` are the steps that were taken, or why there are none."""

    ring: str
    result: _Result
    words: Sequence[SafeString | str] = ()
    faults: Sequence[SafeString] = ()

    @property
    def badge(self) -> SafeString:
        return badge(*self.result.value)

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to say of the ring."""
        return self.result is _Result.NOTHING and not self.faults


def run_all(admin: KeysAdmin, request: HttpRequest, rings: Collection[str]) -> HttpResponse:
    """Show what is due in `rings`; on POST do it, each ring by itself, and say what became of them.

    A ring whose plan revokes a key is left out: that is confirmed on a page of its own.

    The outcome answers the POST itself. Sent again, it does what is due by then, which is mostly nothing; so
    does the next one after a worker that was stopped between two rings.
    """
    title, is_limited = _("Run the rotation of all rings"), admin.may_hide_rows(request)
    page = {"title": title, "is_limited": is_limited, "most_names": NAMED}
    if request.method == "POST":
        outcomes = [_run(admin, request, ring) for ring in rings]
        return admin.page(request, "storedkey/ran_all.html", **page, **_describe(outcomes))
    runs = next_runs(rings)
    return admin.page(
        request,
        "storedkey/run_all.html",
        runs=[run for run in runs if not run.is_idle],
        idle=[run.ring for run in runs if run.is_idle],
        due=sum(bool(run.sentences) and not run.revokes for run in runs),
        **page,
    )


def _run(admin: KeysAdmin, request: HttpRequest, ring: str) -> _Outcome:
    """Do what is due in `ring`. A failure must not keep the other rings from theirs."""
    try:
        plan = keys.rotate(ring, confirmed=(), by=request.user.get_username(), source=SOURCE)
    except JWTKitError as error:
        return _Outcome(ring, _Result.FAILED, [sentence(words_of(error))])
    except DatabaseError as error:  # its text may hold values
        words = _("The database failed (%(error)s). The list of plans shows whether the ring has changed.")
        return _Outcome(ring, _Result.FAILED, [words % {"error": type(error).__name__}])
    faults = [sentence(fault) for fault in plan.faults.values()]
    if plan.lost:
        return _Outcome(ring, _Result.LOST, [_("Another process has changed this ring.")], faults)
    if not plan:
        return _Outcome(ring, _Result.NOTHING, (), faults)
    note_plan(admin, request, plan)
    return _Outcome(ring, _Result.CHANGED, [sentence(message) for message in plan.messages], faults)


COUNTS: Final[Mapping[_Result, Callable[[int], str]]] = {
    _Result.FAILED: lambda number: ngettext(
        "%d ring could not be changed.", "%d rings could not be changed.", number
    ),
    _Result.LOST: lambda number: ngettext(
        "%d ring was changed by another process.", "%d rings were changed by another process.", number
    ),
    _Result.CHANGED: lambda number: ngettext("%d ring has changed.", "%d rings have changed.", number),
}


def _describe(outcomes: Sequence[_Outcome]) -> dict[str, object]:
    """Return what the page says of `outcomes`, the failures first."""
    results = [outcome.result for outcome in outcomes]
    counts = {result: results.count(result) for result in COUNTS}
    order = list(_Result)
    return {
        "verdict": [COUNTS[result](number) % number for result, number in counts.items() if number],
        "is_done": not counts[_Result.FAILED],
        "outcomes": sorted(
            (outcome for outcome in outcomes if not outcome.is_idle),
            key=lambda outcome: order.index(outcome.result),
        ),
        "idle": [outcome.ring for outcome in outcomes if outcome.is_idle],
    }
