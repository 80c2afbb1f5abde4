"""`manage.py seed_demo` fills an empty database with a year of keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from unittest.mock import patch

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from demo import partner
from demo.people import ADMIN, ALICE, PASSWORDS
from django_jwtkit import issuers, jose, keys, moments
from django_jwtkit.conf import conf

YEAR: Final = timedelta(days=365)
ACCIDENT: Final = timedelta(days=230)  # days into the year: the signing key is revoked
STEP: Final = timedelta(days=1)


class Command(BaseCommand):
    requires_system_checks = ()  # the server runs them
    help = "Migrate an empty database, rotate its keys for a year, and add the demo's users."

    def handle(self, *args: object, **options: object) -> None:
        today = moments.now()
        with clock(today - YEAR):
            call_command("migrate", verbosity=0)
            bring_old_key(today + timedelta(days=40))
        rotate_daily(today - YEAR, today)
        users = get_user_model().objects
        users.create_superuser(ADMIN, "admin@example.org", PASSWORDS[ADMIN])
        alice = users.create_user(ALICE, "alice@example.org", PASSWORDS[ALICE])
        issuers.link(alice, issuer=partner.ISSUER, subject=partner.SUBJECT)


@contextmanager
def clock(moment: datetime) -> Iterator[None]:
    """Stop Django's clock at `moment`."""
    stopped = moment if settings.USE_TZ else timezone.make_naive(moment, timezone.get_default_timezone())
    with patch.object(timezone, "now", lambda: stopped):
        yield


def bring_old_key(trusted_until: datetime) -> None:
    """Import the key of an earlier system, whose tokens are accepted for a while."""
    old = jose.Key.generate("RS256", kid="before-django-jwtkit").public()
    keys.import_key("access", old, verify_until=trusted_until, by=ADMIN, source="command")


def rotate_daily(start: datetime, end: datetime) -> None:
    """Run the daily job from `start` to `end`, and revoke a key on one day."""
    day = start
    while (day := day + STEP) < end:
        with clock(day):
            if day - start == ACCIDENT:
                revoke_signing_key(day)
            for ring in conf().rings:
                keys.rotate(ring, now=day, by="cron", source="command")


def revoke_signing_key(now: datetime) -> None:
    """Revoke the signing key, as a team does that finds it in a public place."""
    signing = keys.signing_key("access", now=now, lifetime=conf().ACCESS_TOKEN_LIFETIME)
    keys.revoke(
        str(signing.kid), reason="found in a core dump on a shared disk", now=now, by=ADMIN, source="command"
    )
