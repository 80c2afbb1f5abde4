"""`import_key`: a key from elsewhere. It comes by file or stdin: arguments stay in the shell's history."""

from datetime import datetime
from typing import Any, Final

from django.core.management.base import CommandParser

from django_jwtkit import keys
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key, is_kid
from django_jwtkit.keys import StoredKey
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.failures import usage
from django_jwtkit.management.input.algorithms import check_algorithm
from django_jwtkit.management.input.dates import parse_end
from django_jwtkit.management.input.key_files import STDIN, read_file, read_key
from django_jwtkit.wording import iso, when

NAME: Final = "import_key"


class Command(base.Command):
    """The key is checked as strictly as any other: size, curve, strength, and one key only."""

    help = "Imports a key: PEM (encrypted or not), JWK, or, for HS*, the bare secret."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="The file with the one key; - for stdin.")
        parser.add_argument("--ring", required=True, help="The ring that takes the key.")
        parser.add_argument("--algorithm", default="", help="Instead of the key's own, or the ring's.")
        parser.add_argument("--kid", help="The kid in its tokens; else its own, or its thumbprint.")
        parser.add_argument("--verify-only", action="store_true", help="Verify old tokens, never sign.")
        parser.add_argument("--until", help="With --verify-only: when trust in it ends (UTC).")

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
        check_algorithm(keys.policy(ring), algorithm, NAME)
        if until is not None and not verify_only:
            raise usage("--until needs --verify-only: a signing key is followed by its standby.", NAME)
        if kid is not None and not is_kid(kid):
            raise usage(f"--kid must be 1 to 128 letters, digits or . _ ~ @ : + = -, got {kid!r}.", NAME)
        end = _end(ring, until) if verify_only else None
        key = _key(file, ring, algorithm, kid)
        row = keys.import_key(ring, key, verify_until=end, by=base.operator(), source=base.SOURCE)
        return _report(row, file)


def _end(ring: str, until: str | None) -> datetime:
    """Return when trust in the key ends; by default when the last token issued before now has expired."""
    now = keys.now()
    if until is not None:
        return parse_end(until, now, NAME)
    policy = keys.policy(ring)
    return now + policy.max_lifetime + policy.margin


def _key(file: str, ring: str, algorithm: str, kid: str | None) -> Key:
    content, fallback = read_file(file), keys.policy(ring).algorithm
    try:
        return read_key(content, algorithm=algorithm, fallback=fallback, kid=kid, from_stdin=file == STDIN)
    except KeyUnusableError as error:
        name = "stdin" if file == STDIN else file
        message = f"{name}: {error}"
        hint = "" if algorithm else f" Without --algorithm it is read as {fallback}."
        raise KeyUnusableError(f"{message}{'' if message.endswith(('.', '?')) else '.'}{hint}") from error


def _report(row: StoredKey, file: str) -> Report:
    state = row.state(keys.now())
    lines = [
        f"Key {row.kid} ({row.alg}) has been imported into ring {row.ring_id}. It is {state}.",
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
