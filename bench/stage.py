"""A Django project set up for measuring: tables, a user, and what each package needs to know her."""

import io
import json
import secrets
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from django_jwtkit.jose import Key
from django_jwtkit.keys import Ring, StoredKey

PASSWORD = "correct horse battery staple"
FACTORY = APIRequestFactory()


def tables() -> None:
    """Make the database of these settings; a bench's database is its own, and may be dropped."""
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)


def user() -> AbstractBaseUser:
    """A user with a password."""
    return get_user_model().objects.create_user(f"user-{secrets.token_hex(4)}", password=PASSWORD)


def asking(header: str) -> Request:
    """A request with an `Authorization` header."""
    return Request(FACTORY.get("/", HTTP_AUTHORIZATION=header))


def rotate() -> None:
    """The keys that a first `migrate` would make, for rings that the settings have added."""
    call_command("rotate_keys", verbosity=0, stdout=io.StringIO())


def fill(ring: str, count: int) -> None:
    """Have `ring` hold `count` RS256 keys, all of one key pair, each trusted for another year."""
    public, now = Key.generate("RS256", kid="x").public(), timezone.now()
    jwk = {name: value for name, value in public.to_dict().items() if name != "kid"}

    Ring.objects.get_or_create(name=ring)
    StoredKey.objects.filter(ring_id=ring).delete()
    rows = (
        StoredKey(
            ring_id=ring,
            kid=secrets.token_hex(16),
            alg="RS256",
            use="sig",
            public_jwk=json.dumps(jwk),
            published_at=now,
            sign_until=now + timedelta(days=365),
            max_lifetime=timedelta(hours=1),
            margin=timedelta(minutes=2),
        )
        for _ in range(count)
    )
    StoredKey.objects.bulk_create(rows, batch_size=500)
