"""Set up a Django project to measure: tables, keys and a user."""

import io
import json
import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from django_jwtkit.jose import Key
from django_jwtkit.keys import Ring, StoredKey
from django_jwtkit.keys.sealing import sign_row, vouch, vouched_for
from django_jwtkit.keys.store import current_store

PASSWORD = "correct horse battery staple"
FACTORY = APIRequestFactory()


def tables() -> None:
    """Create the database of these settings. It belongs to the bench, and is replaced if it exists."""
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)


def user() -> AbstractBaseUser:
    """Create a user with a password."""
    return get_user_model().objects.create_user(f"user-{secrets.token_hex(4)}", password=PASSWORD)


def asking(line: str) -> Request:
    """Return a request that has `line` in its header, like "Cookie: x=y"."""
    name, _, value = line.partition(": ")
    return Request(FACTORY.get("/", headers={name: value}))


def posted(client: Client, path: str, body: dict[str, str]) -> dict[str, Any]:
    """Post `body` as JSON and return the answer, which must be a success."""
    answer = client.post(path, body, content_type="application/json")
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.content!r}")
    return answer.json()


def rotate() -> None:
    """Make the first keys of the rings in the settings, as `migrate` would."""
    call_command("rotate_keys", verbosity=0, stdout=io.StringIO())


def fill(ring: str, count: int, *, algorithm: str = "RS256", archived: bool = False) -> None:
    """Add `count` keys to `ring`, all of one key pair: retired, and trusted for another year.

    With `archived` that year is over. The private parts are destroyed, as `rotate_keys` does it.
    """
    key, now = Key.generate(algorithm), timezone.now()
    public = json.dumps({name: value for name, value in key.public().to_dict().items() if name != "kid"})
    year = timedelta(days=365)
    ended = now - 2 * year if archived else now - timedelta(hours=1)

    address, (stored, _) = current_store().ring(ring), Ring.objects.get_or_create(name=ring)
    rows = [
        StoredKey(
            ring_id=ring,
            kid=secrets.token_hex(16),
            alg=algorithm,
            use="sig",
            public_jwk=public,
            sealed="",
            published_at=ended - year,
            sign_from=ended - timedelta(seconds=place + 1),
            sign_until=ended - timedelta(seconds=place),
            max_lifetime=year,
            margin=timedelta(minutes=2),
            archived=archived,
        )
        for place in range(count)
    ]
    for row in rows:
        row.mac = sign_row(row, address)
    StoredKey.objects.bulk_create(rows, batch_size=500)
    living = {} if archived else {row.kid: row.mac for row in rows}
    Ring.objects.filter(pk=ring).update(**vouch(stored, address, {**vouched_for(stored), **living}))


def empty(ring: str) -> None:
    """Delete all keys of `ring`."""
    StoredKey.objects.filter(ring_id=ring).delete()
