"""`export_jwks`: the public set, as a file for services that cannot fetch it."""

import json
from typing import Any, Final

from django.core.management.base import CommandParser

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.sealing import judge_at
from django_jwtkit.keys.snapshots import Entry
from django_jwtkit.keys.store import current_store, stored_keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.layout import Verbatim

EXPORTED: Final = {
    "sig": {State.STANDBY, State.ACTIVE, State.RETIRED, State.VERIFY_ONLY},
    "enc": {State.ACTIVE},  # no sender should encrypt to a key that is on its way in or out
}


class Command(base.Command):
    """Stdout holds the JWK Set and nothing else; without `--json` it is indented."""

    requires_system_checks = ()  # it only reads
    help = "Prints the public JWK Set (RFC 7517) of all published rings, or of one ring, published or not."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ring", help="Only this ring, also where it is not published.")

    def report(self, *, ring: str | None, **_: Any) -> Report:
        published = [name for name, settings in conf().rings.items() if settings.publish]
        rows = [row for name in ([ring] if ring else published) for row in _rows(name)]
        store = current_store()
        judges = {name: judge_at(store.ring(name)) for name in {row.ring_id for row in rows}}
        faults = [judges[row.ring_id].judge(row).fault for row in rows]
        members = list(filter(None, map(self._member, rows, faults)))
        if not rows:
            self.note("No public keys: symmetric keys have no public part, and are never exported.")
        text = json.dumps({"keys": members}, indent=2)
        return Report(lines=[Verbatim(line) for line in text.split("\n")], data={"keys": members})

    def _member(self, row: StoredKey, fault: str) -> dict[str, object]:
        """Return the public JWK of `row`; empty, with a note, where it is damaged or must not be trusted."""
        try:
            if fault:
                raise KeyUnusableError(fault)
            return Entry.of(row, None).public().to_dict()
        except KeyUnusableError as error:
            self.note(f"Left out: {error}")
            return {}


def _rows(ring: str) -> list[StoredKey]:
    states, now = EXPORTED[keys.policy(ring).use], keys.now()
    denied, rows = conf().denied, stored_keys().filter(ring_id=ring, archived=False).exclude(public_jwk="")
    return [row for row in rows if row.state(now) in states and row.kid not in denied]
