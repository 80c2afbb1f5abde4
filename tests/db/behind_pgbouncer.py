"""A project whose database is behind pgbouncer, in transaction mode: `… PORT DATABASE` prints what came.

Each statement, or transaction, may run in another connection of the pool than the one before.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.neighbours.stories import PASSWORD, configure

CLIENTS, LIVES = 6, 18  # of sessions


def main(port: str, name: str) -> dict[str, int]:
    """Migrate, and let sessions live while keys are rotated and revoked."""
    database = {"HOST": "127.0.0.1", "PORT": port, "USER": "postgres", "NAME": name}
    more = {"ENGINE": "django.db.backends.postgresql", "DISABLE_SERVER_SIDE_CURSORS": True}
    configure(DATABASES={"default": database | more})

    from django.contrib.auth import get_user_model
    from django.db import connections

    from django_jwtkit import keys, sessions, tokens

    users = [get_user_model().objects.create_user(f"user{number}", password=PASSWORD) for number in range(3)]

    def can_live(number: int) -> bool:
        try:
            user = users[number % len(users)]
            pair = sessions.refresh(sessions.start(user).refresh)
            claims = tokens.verify(pair.access)
            if number % 6 == 0:
                keys.rotate("access", at_once=True, force=True)
            return sessions.check(claims) == user and sessions.end(claims["sid"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLIENTS) as clients:
        lives = sum(clients.map(can_live, range(LIVES)))
    revoked = keys.revoke(keys.StoredKey.objects.filter(ring_id="access").first().kid, reason="leaked")
    return {"lives": lives, "revoked": sum(step.action == "revoked" for step in revoked.steps)}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
