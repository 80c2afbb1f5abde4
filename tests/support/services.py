"""The servers that some tests need: a missing one skips, or fails under `JWTKIT_DEMAND_SERVICES=1`."""

import os
import socket
from typing import NoReturn
from urllib.parse import urlsplit

import pytest

REDIS = os.environ.get("JWTKIT_REDIS", "redis://127.0.0.1:6379/0")


def redis_url() -> str:
    """Return the URL of Redis, where it answers."""
    pytest.importorskip("redis")
    where = urlsplit(REDIS)
    if not is_listening(where.hostname or "127.0.0.1", where.port or 6379):
        missing(f"needs Redis at {REDIS}; JWTKIT_REDIS names another one")
    return REDIS


def hang_up(alias: str) -> None:
    """Close what this thread's cache `alias` holds open at Redis: Django never does, and garbage warns."""
    from django.core.cache import caches

    for pool in caches[alias]._cache._pools.values():
        pool.disconnect()


def database_server() -> str:
    """Return "postgresql" or "mysql", where the test database is one: SQLite has one writer at a time."""
    from django.db import connection

    if connection.vendor == "sqlite":
        pytest.skip("needs a database server: JWTKIT_DATABASE=postgresql or mariadb")
    return connection.vendor


def is_listening(host: str, port: int) -> bool:
    """Tell whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it where all servers were promised."""
    if os.environ.get("JWTKIT_DEMAND_SERVICES") == "1":
        pytest.fail(what)
    pytest.skip(what)
