"""The database of one server: `python -m bench.throughput.site` makes it, and prints lines to send.

It is a process of its own, since the database is a setting: `BENCH_DATABASE` and `BENCH_DATABASE_NAME` in its
environment. `python -m bench.throughput.site drop` drops it.
"""
# ruff: noqa: T201 - it prints

import json
import os
import sys

import django

USERS = 100  # each with a token of each kind, which are repeated
NEW = 3000  # tokens of ours that count as new, since fewer are cached


def make() -> dict[str, list[str]]:
    """Make tables, keys and users; return the lines to send, by their use (see ways.py)."""
    from bench.project import credentials, stage

    stage.tables()
    stage.rotate()
    users = [stage.user() for _ in range(USERS)]
    body = {"password": stage.PASSWORD}
    news = [credentials.ours(user) for user in users]
    return {
        "nobody": [""],
        "ours, new": [news[number % USERS]() for number in range(NEW)],
        "login": [json.dumps({**body, "username": user.get_username()}) for user in users],
        **{name: [maker(user)() for user in users] for name, maker in credentials.MAKERS.items()},
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
