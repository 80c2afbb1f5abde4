"""`import_key`: a key made elsewhere. Secrets come by file or stdin: arguments stay in the shell's log."""

from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from django_jwtkit import keys
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key, is_kid
from django_jwtkit.keys import StoredKey
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.input.key_files import STDIN, read_file, read_key
from django_jwtkit.wording import iso, when


class Command(base.Command):
    """The key is judged as strictly as any: size, curve, strength, and one key only."""

    help = "Imports a key: PEM (encrypted or not), JWK, or for HS* the bare secret."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="The file with the one key; - for stdin.")
        parser.add_argument("--ring", required=True, help="The ring that takes the key.")
        parser.add_argument("--algorithm", default="", help="Else the key's own, or the ring's.")
        parser.add_argument("--kid", help="What its tokens carry; else its own, or its thumbprint.")
        parser.add_argument("--verify-only", action="store_true", help="Verifies old tokens, never signs.")
        parser.add_argument("--until", help="With --verify-only: when that ends, as ISO 8601 (UTC).")

    def report(
        self,
        *,
        file: str,
        ring: str,
        algorithm: str,
        kid: str | None,
        verify_only: bool,
        until: str | None,
        **_: Any,
    ) -> Report:
        base.known_algorithm(keys.policy(ring), algorithm, "import_key")
        if until is not None and not verify_only:
            raise base.usage(
                "--until goes with --verify-only: a signing key is followed by its standby.", "import_key"
            )
        if kid is not None and not is_kid(kid):
            raise base.usage(f"--kid {kid!r}: give 1 to 128 letters, digits or . _ ~ @ : + = -", "import_key")
        end = _end(ring, until) if verify_only else None
        key = _key(file, ring, algorithm, kid)
        row = keys.import_key(ring, key, verify_until=end, by=base.operator(), source=base.SOURCE)
        return _report(row, file)


def _end(ring: str, until: str | None) -> datetime:
    """When trust in the key ends; by default when the last token made before now has expired."""
    now = keys.now()
    if until is None:
        policy = keys.policy(ring)
        return now + policy.max_lifetime + policy.margin
    moment = _moment(until)
    if moment is None:
        raise base.usage(
            f"--until {until!r} is no time: write 2027-01-31 or 2027-01-31T12:00Z.", "import_key"
        )
    if moment <= now:
        raise base.usage(f"--until {until} is over: the key would verify nothing.", "import_key")
    return moment


def _moment(text: str) -> datetime | None:
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:  # well formed, but no such day
        return None
    if day is not None:
        moment = datetime.combine(day, time.max, UTC)
    return moment.replace(tzinfo=UTC) if moment and timezone.is_naive(moment) else moment


def _key(file: str, ring: str, algorithm: str, kid: str | None) -> Key:
    content, fallback = read_file(file), keys.policy(ring).algorithm
    try:
        return read_key(content, algorithm=algorithm, fallback=fallback, kid=kid, from_stdin=file == STDIN)
    except KeyUnusableError as error:
        name = "stdin" if file == STDIN else file
        mend = "" if algorithm else f" Without --algorithm it is taken for {fallback}."
        told = f"{name}: {error}"
        raise KeyUnusableError(f"{told}{'' if told.endswith(('.', '?')) else '.'}{mend}") from error


def _report(row: StoredKey, file: str) -> Report:
    state = row.state(keys.now())
    lines = [
        f"Key {row.kid} ({row.alg}) is imported into ring {row.ring_id}. It is {state}.",
        f"Next: {_next(row)}",
    ]
    if row.sign_from is not None and file != STDIN:
        lines.append(f"Delete the file that you imported it from: {file}")
    data = {
        "kid": row.kid,
        "ring": row.ring_id,
        "algorithm": row.alg,
        "state": str(state),
        "sign_from": iso(row.sign_from),
        "verify_until": iso(row.verify_until),
    }
    return Report(lines=lines, data=data)


def _next(row: StoredKey) -> str:
    if row.sign_from is None:
        return f"its tokens are accepted until {when(row.verify_until)}; it never signs here."
    if row.sign_from > keys.now():
        return f"it signs from {when(row.sign_from)} by itself."
    return "it signs now."
