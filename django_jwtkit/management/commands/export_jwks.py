"""`export_jwks`: the public set, as files for services that cannot fetch it."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandParser

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.sealing import judge_at
from django_jwtkit.keys.snapshots import Entry
from django_jwtkit.keys.store import current_store, stored_keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.failures import usage
from django_jwtkit.management.layout import Verbatim
from django_jwtkit.management.reports.pem_files import export_pems

EXPORTED: Final = {
    "sig": {State.STANDBY, State.ACTIVE, State.RETIRED, State.VERIFY_ONLY},
    "enc": {State.ACTIVE},  # no sender should encrypt to a key that is on its way in or out
}


class Command(base.Command):
    """Stdout holds the JWK Set and nothing else, or with `--pem` what was written."""

    requires_system_checks = ()  # it only reads keys
    help = (
        "Prints the public JWK Set (RFC 7517) of all published rings, or of one ring, published or not. "
        "With --pem it writes a PEM file for each key instead."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ring", help="Only this ring, also where it is not published.")
        parser.add_argument(
            "--pem",
            metavar="DIR",
            help="Write DIR/<kid>.pem for each key, and remove those of keys that are no longer trusted.",
        )

    def report(self, *, ring: str | None, pem: str | None, **_: Any) -> Report:
        if pem is not None and not pem.strip():  # a shell's variable that is not set
            raise usage("--pem must name a folder, got an empty text.", "export_jwks")
        published = [name for name, settings in conf().rings.items() if settings.publish]
        rows = [row for name in ([ring] if ring else published) for row in _rows(name)]
        exported = list(self._public_keys(rows))
        if not rows:
            self.note("No public keys: symmetric keys have no public part, and are never exported.")
        if pem is not None:
            return export_pems(Path(pem), exported, _gone)
        members = [key.to_dict() for _, key in exported]
        text = json.dumps({"keys": members}, indent=2)
        return Report(lines=[Verbatim(line) for line in text.split("\n")], data={"keys": members})

    def _public_keys(self, rows: Collection[StoredKey]) -> Iterator[tuple[StoredKey, Key]]:
        """Yield the rows with their public keys, without those that are damaged or must not be trusted."""
        store = current_store()
        judges = {name: judge_at(store.ring(name)) for name in {row.ring_id for row in rows}}
        for row in rows:
            try:
                if fault := judges[row.ring_id].judge(row).fault:
                    raise KeyUnusableError(fault)
                yield row, Entry.of(row, None).public()
            except KeyUnusableError as error:
                self.note(f"Left out: {error}")


def _rows(ring: str) -> list[StoredKey]:
    use = keys.policy(ring).use
    rows = stored_keys().filter(ring_id=ring, archived=False).exclude(public_jwk="").order_by("pk")
    return [row for row in rows if _is_exported(row, use)]


def _gone(kids: Collection[str]) -> set[str]:
    """Return which of these are our keys that are exported no more, whatever ring they are of."""
    return {row.kid for row in stored_keys().filter(kid__in=kids) if not _is_exported(row, row.use)}


def _is_exported(row: StoredKey, use: str) -> bool:
    return row.state(keys.now()) in EXPORTED[use] and row.kid not in conf().denied
