"""The list of keys: what signs and comes next, what still verifies, and what has ended; then the picture."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple, Protocol, cast

from django.db.models import Case, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest
from django.utils.functional import Promise, cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.admin.permissions import REVOKE, ROTATE, has_permission
from django_jwtkit.admin.read_only import ReadOnlyAdmin, ReadOnlyList
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.conf import conf
from django_jwtkit.health import Kind, Standing, current_health, find_overdue, standings_of
from django_jwtkit.keys import Ring, State, StoredKey
from django_jwtkit.keys.planning import TRUSTED
from django_jwtkit.keys.store import BEGINS

from .conditions import ended_rows, group_of, place_of_ring, trusted_rows, turn_of
from .next_run import NextRun, describe_last_run, next_runs
from .states import OVERDUE, OVERDUE_MEANS, Row, outlook, state_badge, trusted_until
from .timeline import Timeline, draw_both

DRAWN: Final = 8  # keys in the timeline for each ring: all trusted ones, then the newest that have ended
FEW: Final = 8  # rings: with more, the timeline leaves out ended keys, and idle rings are folded
RINGS: Final = 20  # rings in the timeline and in the table of plans; others are chosen by the filter
FOLDED: Final = 20  # ended keys below the list
RING_FILTER: Final = "ring__name__exact"
DRAW_ALL: Final = "drawn"  # a parameter of the address

TITLES: Final[Sequence[Promise]] = (
    gettext_lazy("In use and next"),
    gettext_lazy("Still verify"),
    gettext_lazy("Ended"),
)
"""By the numbers of `group_of`."""
ENDED: Final = 2

Keys = QuerySet[StoredKey]


class Line(NamedTuple):
    """A row of the list; `revoke` and `rotate` are addresses, empty where that is not offered.

    `overdue` stands beside a key that signs, in a ring in which the job does not run.
    """

    row: Row
    state: SafeString
    outlook: str
    overdue: Promise | str
    trusted: str
    revoke: str
    rotate: str


class Group(NamedTuple):
    title: Promise
    lines: list[Line]


class _HasRings(Protocol):
    def rings(self, request: HttpRequest) -> list[str]: ...


class KeyList(ReadOnlyList):
    """The list, in groups. Without a filter by state or a search, ended keys are folded."""

    @cached_property
    def now(self) -> datetime:
        return keys.now()

    @cached_property
    def is_folded(self) -> bool:
        """Whether the address asks for no keys in particular."""
        return not (self.filter_params or self.query)

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Leave out the parameter that draws all keys: it is no filter."""
        filters: dict[str, Any] = super().get_filters_params(params)
        filters.pop(DRAW_ALL, None)
        return filters

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str | None] | None = None) -> Keys:
        """Return the rows in the order of the groups. For the numbers beside a filter all rows count."""
        rows = cast("Keys", super().get_queryset(request, exclude_parameters))
        rows = rows.annotate(group=group_of(self.now), turn=turn_of(self.now))
        if self.is_folded and exclude_parameters is None:
            rows = rows.exclude(group=ENDED)
        return rows.order_by("group", place_of_ring(conf().rings), "ring_id", "turn", BEGINS.desc(), "-pk")

    def get_results(self, request: HttpRequest) -> None:
        """Read the rows of the page and of the picture, what is wrong with them, and the next plans."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.may_revoke = has_permission(self._admin, request, REVOKE)
        self.may_rotate = has_permission(self._admin, request, ROTATE)
        self.rings = cast("_HasRings", self.model_admin).rings(request)
        self.chosen = request.GET.get(RING_FILTER)
        visible = [ring for ring in self.rings if self.chosen in (None, ring)][:RINGS]
        self.more_rings = 0 if self.chosen else len(self.rings) - len(visible)
        self.next_runs: list[NextRun] = next_runs(visible)
        self.idle_runs = [run for run in self.next_runs if run.is_idle and len(visible) > FEW]
        self.due_runs = [run for run in self.next_runs if run not in self.idle_runs]
        self.without_next = self._without_next()
        self.ended, self.ended_count = self._read_ended(request)
        drawn, self.not_drawn = self._read_drawn(request, visible)
        rows = {row.pk: row for row in (*self.result_list, *self.ended, *drawn)}
        self.standings: Mapping[str, Standing] = standings_of(rows.values(), self.now)
        self.overdue = find_overdue(self._active_rings(), self.now)
        self.last_run = self._describe_last_run([*self.result_list, *drawn])
        self.timeline: Timeline = draw_both([self._row(key) for key in drawn], self.now)

    @property
    def faults(self) -> Sequence[Standing]:
        """The keys that cannot do their work."""
        return [each for each in self.standings.values() if each.fault]

    @property
    def overdue_words(self) -> tuple[SafeString, Promise]:
        """The fault of the job in the first ring, and its meaning."""
        return sentence(next(iter(self.overdue.values())).message), OVERDUE_MEANS

    @property
    def draw_all(self) -> str:
        """The address at which the picture has all keys."""
        return str(self.get_query_string({DRAW_ALL: "all"}))

    @property
    def groups(self) -> Iterator[Group]:
        """Yield the groups with their rows; the first one also without any."""
        by_group = {
            number: list(rows) for number, rows in groupby(self.result_list, key=lambda key: key.group)
        }
        for number, title in enumerate(TITLES):
            if number in by_group or (number == 0 and self.is_folded):
                yield Group(title, [self._line(key) for key in by_group.get(number, [])])

    @property
    def folded(self) -> Group:
        return Group(TITLES[ENDED], [self._line(key) for key in self.ended])

    @property
    def _admin(self) -> ReadOnlyAdmin[StoredKey]:
        return cast("ReadOnlyAdmin[StoredKey]", self.model_admin)

    def _line(self, key: StoredKey) -> Line:
        row, now = self._row(key), self.now
        state = row.state(now)
        can_rotate = self.may_rotate and state is State.ACTIVE and row.ring in self.rings
        can_revoke = self.may_revoke and (row.is_tampered or state in TRUSTED)
        return Line(
            row=row,
            state=state_badge(row, now),
            outlook=outlook(row, now),
            overdue=OVERDUE if state is State.ACTIVE and row.ring in self.overdue else "",
            trusted=trusted_until(row, now),
            revoke=self._admin.address("revoke", key.pk) if can_revoke else "",
            rotate=self._admin.address("rotate", row.ring) if can_rotate else "",
        )

    def _row(self, key: StoredKey) -> Row:
        return Row.stored(self.standings[key.kid], self.now, self._admin.address("change", key.pk))

    def _state(self, key: StoredKey) -> State:
        return self.standings[key.kid].state(self.now)

    def _without_next(self) -> list[NextRun]:
        """Return the rings that have lacked a next key for longer than a run of the job may take."""
        health = current_health()
        faulty = {each.ring for each in health.faults if each.kind in {Kind.NO_SIGNER, Kind.NO_STANDBY}}
        lacking = {ring.ring for ring in health.rings if ring.next is None}
        return [run for run in self.next_runs if run.ring in faulty & lacking]

    def _active_rings(self) -> list[Ring]:
        """Return the rings of the keys that sign, by name."""
        active = (key.ring for key in self.result_list if self._state(key) is State.ACTIVE)
        return sorted(active, key=lambda ring: ring.name)

    def _describe_last_run(self, keys: Sequence[StoredKey]) -> SafeString | str:
        """Return when the job last ran in the ring in which that is longest ago; empty without a ring."""
        runs = {key.ring.last_run for key in keys if key.ring_id in self.rings}
        if not runs:
            return ""
        return describe_last_run(None if None in runs else min(filter(None, runs)), self.now)

    def _read_ended(self, request: HttpRequest) -> tuple[list[StoredKey], int]:
        """Return the newest of the ended keys that are folded, and the number of all of them."""
        if not self.is_folded:
            return [], 0
        rows = cast("Keys", super().get_queryset(request)).filter(ended_rows(self.now))
        return list(rows.order_by(BEGINS.desc(), "-pk")[:FOLDED]), rows.order_by().count()

    def _read_drawn(self, request: HttpRequest, visible: Sequence[str]) -> tuple[list[StoredKey], int]:
        """Return the keys of the picture, by ring and turn, and the number of those that are left out."""
        hidden = [ring for ring in self.rings if ring not in visible]
        condition = Q(ring_id=self.chosen) if self.chosen else ~Q(ring_id__in=hidden)
        rows = self._admin.get_queryset(request).filter(condition).order_by()
        trusted_first = Case(When(trusted_rows(self.now), then=Value(0)), default=Value(1))
        place = Window(
            RowNumber(), partition_by="ring_id", order_by=[trusted_first, BEGINS.desc(), F("pk").desc()]
        )
        drawn = rows.annotate(ended=trusted_first, place=place)
        if DRAW_ALL not in request.GET:
            drawn = drawn.filter(Q(ended=0) | Q(place__lte=DRAWN if len(visible) <= FEW else 0))
        order = {ring: number for number, ring in enumerate(self.rings)}
        chosen = sorted(cast("Keys", drawn), key=lambda key: (_rank(key, order), key.begins, key.pk))
        return chosen, rows.count() - len(chosen)


def _rank(key: StoredKey, order: Mapping[str, int]) -> tuple[int, str]:
    """Return the place of a key's ring: rings that have left the settings come last."""
    return order.get(key.ring_id, len(order)), key.ring_id
