"""The facts of a picture in words, for its titles and for the table below it."""

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from django_jwtkit.admin.badges import shorten
from django_jwtkit.admin.dates import NOTHING, plain
from django_jwtkit.admin.keys.states import Row, outlook, refusal, state_words


class Facts(NamedTuple):
    """A key in words. The dates are those that hold: a revocation ends all of them.

    `refusal` stands in the place of the last one, where no token of the key is accepted.
    """

    kid: str
    ring: str
    algorithm: str
    address: str
    state: str
    outlook: str
    published: str
    signs: str
    trusted: str
    refusal: str
    is_for_encryption: bool

    @property
    def description(self) -> str:
        """The state, and what comes next."""
        return ", ".join(filter(None, [self.state, self.outlook]))

    @property
    def story(self) -> str:
        """All of it in a line."""
        signs = _("encrypts %s") if self.is_for_encryption else _("signs %s")
        trusted = _("decrypts until %s") if self.is_for_encryption else _("verifies until %s")
        name = f"{shorten(self.kid) or _('new key')} ({self.algorithm}), {self.description}"
        dates = [_("published %s") % self.published, signs % self.signs]
        return " · ".join([name, *dates, self.refusal or trusted % self.trusted])


def facts_of(row: Row, now: datetime) -> Facts:
    """Return the facts of `row` at `now`, its dates in the reader's zone."""
    return Facts(
        kid=row.kid,
        ring=row.ring,
        algorithm=row.algorithm,
        address=row.address,
        state=state_words(row, now),
        outlook=outlook(row, now),
        published=plain(row.life.published_at),
        signs=_signs(row),
        trusted=refusal(row) or plain(row.life.trusted_until),
        refusal=refusal(row),
        is_for_encryption=row.is_for_encryption,
    )


def _signs(row: Row) -> str:
    if row.life.signs is None:
        return NOTHING
    begin, end = row.life.signs
    if row.is_tampered:
        return _("%(begin)s – %(end)s, as its row says") % {"begin": plain(begin), "end": plain(end)}
    if row.stands_in:
        return _("now")
    if end is None:
        return _("from %(begin)s") % {"begin": plain(begin)}
    return _("%(begin)s – %(end)s") % {"begin": plain(begin), "end": plain(end)}
