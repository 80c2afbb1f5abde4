"""A project with Sentry, in a process of its own: requests that fail; prints the events as one JSON list.

The first argument is "scrubbed" or "plain".
"""

import json
import os
import sys
import tempfile

import django
import sentry_sdk
from django.conf import settings

PASSWORD = "correct horse battery staple"
KEY = "jKHxwvT0vXUo1yHLXw3vJmEXNpfb3PwvfzYq5yPd3aM"
SECRETS = []
EVENTS = []


class Collecting(sentry_sdk.transport.Transport):
    """Sends nothing."""

    def capture_envelope(self, envelope):
        EVENTS.extend(item.payload.json for item in envelope.items if item.payload.json is not None)


def start():
    """Configure Django and Sentry as a project's settings would."""
    os.environ["JWTKIT_DATABASE"] = "sqlite"
    os.environ["JWTKIT_DATABASE_NAME"] = os.path.join(tempfile.mkdtemp(), "db.sqlite3")
    from testproject import settings as project

    names = {name: getattr(project, name) for name in dir(project) if name.isupper()}
    names |= {
        "ROOT_URLCONF": "tests.contrib.sentry_views",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "JWTKIT": {"SEALING_KEYS": [{"id": "1", "key": KEY}]},
    }
    settings.configure(**names)
    from django_jwtkit.contrib.sentry import scrubber

    options = {"event_scrubber": scrubber(send_default_pii=True)} if sys.argv[1] == "scrubbed" else {}
    sentry_sdk.init(
        dsn="http://key@127.0.0.1:9/1",
        transport=Collecting,
        traces_sample_rate=1.0,
        max_request_body_size="always",
        **options,
    )
    django.setup()


def story():
    """Fail at a login, at a refresh, and in a view that a token has opened."""
    from django.contrib.auth import get_user_model, user_logged_in
    from django.core.management import call_command
    from django.test import Client

    from django_jwtkit import sessions

    call_command("migrate", verbosity=0)
    alice = get_user_model().objects.create_user("alice", password=PASSWORD)
    pair = sessions.start(alice)
    SECRETS.extend([PASSWORD, KEY, settings.SECRET_KEY])
    for text in pair:
        SECRETS.extend(part for part in text.split(".")[1:])
    client = Client(raise_request_exception=False)
    body = {"username": "alice", "password": PASSWORD}

    def fail(**rest):
        raise RuntimeError("a receiver's own trouble")

    user_logged_in.connect(fail)
    statuses = [
        client.post("/api/token/", body, content_type="application/json").status_code,
        client.post("/api/token/", body).status_code,
    ]
    user_logged_in.disconnect(fail)
    settings.JWTKIT = {**settings.JWTKIT, "CLAIMS_FUNCTION": "tests.contrib.sentry_views.fail"}
    answer = client.post("/api/token/refresh/", {"refresh": pair.refresh}, content_type="application/json")
    statuses.append(answer.status_code)
    headers = {"authorization": f"Bearer {pair.access}", "cookie": f"jwt={pair.access}"}
    for path in ("fail", "tell"):
        address = f"/{path}/?token={pair.refresh}&next={pair.access}&password=correct+horse"
        answer = client.post(
            address, {"refresh": pair.refresh}, content_type="application/json", headers=headers
        )
        statuses.append(answer.status_code)
    sentry_sdk.flush()
    return statuses


if __name__ == "__main__":
    start()
    statuses = story()
    print(json.dumps({"statuses": statuses, "events": EVENTS, "secrets": SECRETS}))
