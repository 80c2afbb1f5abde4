"""The database of one server: `python -m bench.throughput.site` makes it and prints what clients will send.

A process of its own, since the database is a setting: `BENCH_DATABASE` and `BENCH_DATABASE_NAME` in its
environment. `python -m bench.throughput.site drop` takes it away again.
"""
# ruff: noqa: T201 - it prints

import json
import os
import sys

import django

USERS = 100  # each with a token of each kind, which come again and again
NEW = 3000  # tokens of ours that are as good as new: more than are remembered


def make() -> dict[str, list[str]]:
    """Make tables, keys and users; return lines for wrk (see wrk.lua), by what they are good for."""
    from knox.models import AuthToken
    from rest_framework_simplejwt.tokens import AccessToken

    from bench.project import stage
    from django_jwtkit import sessions, tokens

    stage.tables()
    stage.rotate()
    users = [stage.user() for _ in range(USERS)]
    body = {"password": stage.PASSWORD}
    return {
        "nobody": [""],
        "ours": [f"Bearer {sessions.start(user).access}" for user in users],
        "ours, new": [f"Bearer {tokens.issue(users[number % USERS])}" for number in range(NEW)],
        "simplejwt": [f"Bearer {AccessToken.for_user(user)}" for user in users],
        "knox": [f"Token {AuthToken.objects.create(user)[1]}" for user in users],
        "login": [json.dumps({**body, "username": user.get_username()}) for user in users],
    }


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.project.settings"
    django.setup()
    from django.db import connection

    name = connection.settings_dict["NAME"]
    if sys.argv[1:] == ["drop"]:
        connection.creation.destroy_test_db(name, verbosity=0)
        return
    connection.settings_dict["TEST"]["NAME"] = name
    print(json.dumps(make()))


if __name__ == "__main__":
    main()
