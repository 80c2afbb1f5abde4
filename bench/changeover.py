"""`python -m bench.changeover [REQUESTS]`: count false alarms of stolen keys at a changeover."""
# ruff: noqa: T201 - it prints

import os
import sys

import django


def main() -> None:
    """Run twenty hosts whose clocks differ by 50 ms through a planned changeover and an early one."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "testproject.settings"
    os.environ["JWTKIT_DATABASE"] = "sqlite"
    django.setup()
    from django.db import connection

    from tests.keys.snapshots.storm import HOSTS, hastened, planned, storm

    connection.settings_dict["TEST"]["NAME"] = None  # in memory
    connection.creation.create_test_db(verbosity=0, serialize=False)
    requests = int(sys.argv[1]) if sys.argv[1:] else 200_000
    for name, changeover in (("planned", planned), ("rotate_keys --now", hastened)):
        alarms = storm(requests, changeover())
        print(f"{name}: {requests} requests, {HOSTS} hosts: ours {alarms['ours']}, naive {alarms['naive']}")


if __name__ == "__main__":
    main()
