"""`export_jwks`: the public set, as a file for those who cannot fetch it."""

import json
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.jose import Key
from django_jwtkit.keys import State
from django_jwtkit.keys.resolving import stored_keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report

SHOWN = {
    "sig": {State.STANDBY, State.ACTIVE, State.RETIRED, State.VERIFY_ONLY},
    "enc": {State.ACTIVE},  # nobody should encrypt to a key that is on its way in or out
}


class Command(base.Command):
    """With or without `--json`, stdout holds the JWK Set and nothing else; without, it is indented."""

    help = "Prints the public JWK Set (RFC 7517) of all published rings, or of one ring, published or not."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ring", help="Only this ring, also where it is not published.")

    def report(self, *, ring: str | None, **_: Any) -> Report:
        members = keys.jwks()["keys"] if ring is None else _public_keys(ring)
        if not members:
            self.note("No public keys: symmetric keys have no public part, and are never shown.")
        return Report(lines=[json.dumps({"keys": members}, indent=2)], data={"keys": members})


def _public_keys(ring: str) -> list[dict[str, object]]:
    shown, now = SHOWN[keys.policy(ring).use], timezone.now()
    rows = stored_keys().filter(ring_id=ring).exclude(public_jwk="").exclude(kid__in=conf().denied)
    known = [row for row in rows if row.state(now) in shown]
    return [Key.from_dict(row.public, alg=row.alg, kid=row.kid).public().to_dict() for row in known]
