"""The sealing keys by name, each with the keys that rest under it: when one leaks, its own are revoked."""

from collections import Counter
from collections.abc import Iterator, Mapping

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from django_jwtkit.admin.badges import literal
from django_jwtkit.admin.keys import StoredKeyAdmin
from django_jwtkit.errors import SealingKeyLost
from django_jwtkit.health import SealingHealth
from django_jwtkit.keys.sealing import sealed_under, sealing_keys


def count_sealed(page: StoredKeyAdmin, request: HttpRequest) -> Mapping[str, int]:
    """Return how many keys each sealing key seals that are not revoked, the newest one first.

    Those of the settings are named even if they seal none.
    """
    rows = page.get_queryset(request).exclude(sealed="").filter(revoked_at=None).order_by()
    numbers = Counter(filter(None, map(sealed_under, rows)))
    try:
        configured = list(sealing_keys())
    except SealingKeyLost:
        configured = []
    return {key_id: numbers[key_id] for key_id in dict.fromkeys([*configured, *sorted(numbers)])}


def describe_sealing(sealing: SealingHealth, numbers: Mapping[str, int]) -> SafeString | str:
    """Return `numbers` in words, with the keys that no sealing key of this process opens."""
    if sealing.id is None:
        return _("the sealing keys can't be read")
    return format_html_join("; ", "{}", ((words,) for words in _parts(sealing, numbers)))


def _parts(sealing: SealingHealth, numbers: Mapping[str, int]) -> Iterator[SafeString]:
    for key_id, number in numbers.items():
        words = (
            _("{keys} under {id}, which seals new keys") if key_id == sealing.id else _("{keys} under {id}")
        )
        yield format_html(words, keys=_count(number), id=literal(key_id))
    if sealing.missing:
        yield format_html(_("{keys} under a sealing key that is missing"), keys=_count(sealing.missing))


def _count(number: int) -> str:
    return ngettext("%d key", "%d keys", number) % number
