"""`python -m bench.changeover [REQUESTS]`: false alarms of stolen keys around a changeover, by two rules."""
# ruff: noqa: T201 - it prints

import os
import sys

import django


def main() -> None:
    """Twenty hosts whose clocks differ by 50 ms, through a planned changeover and a hastened one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testproject.settings")
    django.setup()
    from tests.keys.storm import HOSTS, storm

    requests = int(sys.argv[1]) if sys.argv[1:] else 200_000
    for name, hastened in (("planned", False), ("rotate_keys --now", True)):
        alarms = storm(requests, hastened=hastened)
        print(f"{name}: {requests} requests, {HOSTS} hosts: ours {alarms['ours']}, naive {alarms['naive']}")


if __name__ == "__main__":
    main()
