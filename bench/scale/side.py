"""One of two databases of sessions: its users, and the arguments of each step of a session."""

import random
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connections
from django.test import Client
from rest_framework.request import Request

from bench.crowd import Crowd, address_of, session_id
from bench.project import stage
from django_jwtkit import sessions, tokens

from .routing import choose

PER_USER, BATCH, LIMIT = 10, 1000, 5
# Without a grace, since a session that was refreshed a moment ago would rest, and be measured as a turn.
JWTKIT: dict[str, object] = {**settings.JWTKIT, "CHECK_SESSION": True, "REFRESH_GRACE": timedelta(0)}
LIMITED: dict[str, object] = {**JWTKIT, "MAX_SESSIONS": LIMIT}

# Each kind of step has a third of the users of its own: a user that only logs in gets more and more sessions.
LOOKING, COMING, COUNTED = range(3)

BIRTH = datetime(2001, 1, 1, tzinfo=UTC)  # before all sessions: rows to be pruned are put there first
DYING = """
INSERT INTO jwtkit_session (id, user_id, created_at, last_used_at, expires_at, ends_by, end_reason, auth_hash,
    counter, user_agent, strays, audience, claims, origin)
SELECT gen_random_uuid(), %s, %s, %s, %s, %s, '', '', 0, '', 0, '', '', '' FROM generate_series(1, %s)
"""


class Side:
    """The database `alias`, with `count` sessions, half of them dead."""

    def __init__(self, alias: str, count: int) -> None:
        self.alias = alias
        self.crowd = Crowd(users=count // PER_USER, sessions=count, dead=count // 2)
        self.name = f"{count:,} sessions"
        self.counters: dict[int, int] = {}
        self.pruned = 0

    def fill(self) -> None:
        """Make the database, write the crowd, and an admin to look at it."""
        connection = connections[self.alias]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        self.enter()
        self.first = self.crowd.write(connection)
        self.browser = Client()
        self.browser.force_login(get_user_model().objects.create_superuser("admin"))

    def enter(self, jwtkit: dict[str, object] = JWTKIT) -> None:
        """Use the users and sessions of this side from now on, with the settings `jwtkit`."""
        choose(self.alias)
        settings.JWTKIT = jwtkit

    def somebody(self, role: int = LOOKING) -> AbstractBaseUser:
        """Return some user with this role."""
        self.enter(LIMITED if role == COUNTED else JWTKIT)
        return get_user_model().objects.get(pk=self.first + random.randrange(role, self.crowd.users, 3))

    def living(self) -> tuple[int, AbstractBaseUser]:
        """Return the number of some live session, and its user."""
        user = self.somebody()
        numbers = range(user.pk - self.first, self.crowd.sessions, self.crowd.users)
        return random.choice([number for number in numbers if not self.crowd.is_dead(number)]), user

    def request(self) -> Request:
        """Return a request with an access token of a live session."""
        number, user = self.living()
        return stage.asking(f"Authorization: Bearer {tokens.issue(user, sid=session_id(number))}")

    def refresh_token(self) -> str:
        """Return the newest refresh token of a live session."""
        number, user = self.living()
        counter = self.counters.get(number, 0)
        self.counters[number] = counter + 1
        return tokens.issue(user, kind=tokens.REFRESH, sid=session_id(number), counter=counter)

    def address(self) -> str:
        """Return the address that some user's sessions were last used from."""
        return address_of(random.randrange(LOOKING, self.crowd.users, 3))

    def login(self) -> str:
        """Start a session and return its ID."""
        return str(tokens.verify(sessions.start(self.somebody(COMING)).access)["sid"])

    def newcomer(self) -> AbstractBaseUser:
        """Return a new user, with as many live sessions as the others."""
        self.enter()
        user = get_user_model().objects.create_user(f"new-{random.getrandbits(64):x}")
        for _ in range(LIMIT):
            sessions.start(user)
        return user

    def dying(self) -> datetime:
        """Write a batch of sessions; return a moment at which they are dead and all others live."""
        user = self.somebody()
        self.pruned += 1
        moment = BIRTH + timedelta(days=self.pruned)
        with connections[self.alias].cursor() as cursor:
            cursor.execute(DYING, [user.pk, *[moment] * 4, BATCH])
        return moment
