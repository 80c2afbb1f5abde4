"""When the job last looked after a ring: noted beside the rotation, and never a part of its evidence."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from django_jwtkit import keys, moments
from django_jwtkit.errors import InsideTransaction
from django_jwtkit.keys import Ring
from django_jwtkit.keys.sealing import judge_at
from django_jwtkit.keys.store import current_store

pytestmark = pytest.mark.django_db


def last_run(ring="access"):
    return Ring.objects.get(pk=ring).last_run


def test_migrate_is_no_run_of_the_job():
    """A database that is only migrated has no job yet."""
    assert last_run() is None


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ({}, True),
        ({"source": "command"}, True),
        ({"source": "celery"}, True),
        ({"source": "command", "at_once": True, "force": True}, True),
        ({"source": "admin"}, False),
    ],
    ids=["code", "command", "a scheduler", "at once", "admin"],
)
def test_a_run_counts_whatever_was_due(options, counts):
    """Nothing due is the usual run; a click in the admin proves no cron."""
    before = moments.now() - timedelta(seconds=5)
    keys.rotate("access", **options)
    assert (last_run() is not None and last_run() > before) is counts
    assert last_run("refresh") is None


def test_a_plan_is_no_run():
    """`--dry-run` shows, and notes nothing."""
    keys.preview("access")
    assert last_run() is None


def test_a_run_changes_neither_the_generation_nor_the_evidence():
    """No process reloads its keys for it, and the ring vouches for the same rows as before."""
    before = Ring.objects.values().get(pk="access")
    keys.rotate("access")
    after = Ring.objects.values().get(pk="access")
    assert {name for name in after if after[name] != before[name]} == {"last_run"}
    assert not judge_at(current_store().ring("access")).fault.fault


def test_noting_a_run_is_one_statement():
    """Cron runs it daily in each ring, on each host."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        keys.rotate("access")
    writing = [query["sql"] for query in queries if query["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]
    assert len(writing) == 1
    assert "last_run" in writing[0]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_refused_is_not_noted():
    """Inside a transaction nothing is rotated, so nothing is claimed."""
    with transaction.atomic(), pytest.raises(InsideTransaction):
        keys.rotate("access")
    assert last_run() is None
