"""The part of the health that a user may see, by the rules of the page of keys."""

from collections.abc import Callable
from dataclasses import replace

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from django_jwtkit.admin.keys import StoredKeyAdmin
from django_jwtkit.admin.read_only import viewable
from django_jwtkit.health import Health, KeyHealth, RingHealth, SealingHealth
from django_jwtkit.keys import StoredKey


def keys_page(site: AdminSite, request: HttpRequest) -> StoredKeyAdmin | None:
    """Return the page of keys, if the user may view it."""
    page = viewable(site, StoredKey, request)
    return page if isinstance(page, StoredKeyAdmin) else None


def visible_part(health: Health, page: StoredKeyAdmin, request: HttpRequest) -> Health:
    """Return `health` without rings, keys and numbers that the project's `get_queryset` hides."""
    if not page.may_hide_rows(request):
        return health
    kids = set(page.get_queryset(request).order_by().values_list("kid", flat=True))
    names = set(page.rings(request))
    rings = [_visible_ring(ring, kids.__contains__) for ring in health.rings if ring.ring in names]
    faults = tuple(sorted(fault for ring in rings for fault in ring.faults))
    return replace(health, rings=rings, faults=faults, sealing=SealingHealth())


def _visible_ring(ring: RingHealth, is_visible: Callable[[str], bool]) -> RingHealth:
    def only(key: KeyHealth | None) -> KeyHealth | None:
        return key if key and is_visible(key.kid) else None

    return replace(
        ring,
        signer=only(ring.signer),
        next=only(ring.next),
        verifying=tuple(filter(only, ring.verifying)),
        faults=tuple(fault for fault in ring.faults if not fault.kid or is_visible(fault.kid)),
    )
