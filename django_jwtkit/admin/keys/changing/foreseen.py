"""What the end of a key brings about, as pages show it before a person agrees."""

from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from django_jwtkit.admin.keys.states import Row, state_badge
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.consequences import Consequences
from django_jwtkit.health import standings_of
from django_jwtkit.keys import StoredKey


class Line(NamedTuple):
    label: str
    words: SafeString


class Foreseen(NamedTuple):
    """A key and what its revocation means."""

    row: StoredKey
    state: SafeString
    lines: list[Line]


def foreseen_key(each: Consequences) -> Foreseen:
    """Return the consequences of revoking a key in words."""
    lines = [Line(_(fact.label), sentence(fact.message)) for fact in each.facts()]
    now = each.plan.now
    row = Row.stored(standings_of([each.row], now)[each.row.kid], now)
    return Foreseen(each.row, state_badge(row, now), lines)
