"""Our metrics, read by the reader of the real SDK; and the dashboard that draws them."""

import json
import re
import threading
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.contrib import opentelemetry
from django_jwtkit.errors import RefreshReused
from django_jwtkit.keys import Ring, StoredKey
from tests.support.aging import turn

pytestmark = [pytest.mark.django_db]
DASHBOARD = Path(__file__).resolve().parents[2] / "docs" / "grafana-dashboard.json"


@pytest.fixture
def ours():
    yield opentelemetry
    opentelemetry.uninstrument()


@pytest.fixture
def read(ours):
    """Instrument, and return what reads a metric: a value for each set of attributes."""
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    ours.instrument(provider)
    ours.instrument(provider)

    def read(name):
        data = reader.get_metrics_data()
        scopes = data.resource_metrics[0].scope_metrics if data else []
        points = [
            point
            for scope in scopes
            for metric in scope.metrics
            for point in metric.data.data_points
            if metric.name == name
        ]
        return {tuple(point.attributes.values()): point.value for point in points}

    yield read
    provider.shutdown()


@pytest.fixture
def alice():
    return get_user_model().objects.create_user("alice", password="a long pass phrase")


def test_tokens_are_counted_by_kind(read, alice):
    """Each one once, though `instrument()` ran twice; verified again from memory, too."""
    pair = sessions.start(alice)
    assert read("jwtkit.tokens.issued") == {("access",): 1, ("refresh",): 1}
    for _ in range(3):
        tokens.verify(pair.access)
    assert read("jwtkit.tokens.verified")["access",] == 3


def test_refusals_of_requests_are_counted_by_code(read, alice):
    """By the signal, so as the log has them."""
    for text in ("rubbish", "rubbish", tokens.issue(alice)[:-8] + "AAAAAAAA"):
        Client().get("/api/me/", headers={"Authorization": f"Bearer {text}"})
    assert read("jwtkit.tokens.rejected") == {("malformed",): 2, ("bad_signature",): 1}


def test_a_reused_refresh_token_is_counted(read, alice):
    """A thief, or a client that does not store what it gets."""
    first = sessions.start(alice).refresh
    turn(first, 2)
    with pytest.raises(RefreshReused):
        sessions.refresh(first)
    assert read("jwtkit.refresh.reused") == {(): 1}


def test_keys_and_times_are_those_of_the_health(read):
    """A ring and a state each; a job that never ran has no time yet."""
    assert read("jwtkit.keys")["access", "active"] == 1
    assert 89 < read("jwtkit.rotation.next_seconds")["access",] / 86_400 <= 90
    assert read("jwtkit.rotation.last_run_seconds") == {}


def test_the_time_since_the_last_run_grows(read):
    """It is what an alert compares with two intervals."""
    for ring in Ring.objects.values_list("pk", flat=True):
        keys.rotate(ring)
    seconds = read("jwtkit.rotation.last_run_seconds")
    assert len(seconds) == 4
    assert all(0 <= since < 60 for since in seconds.values())


@pytest.mark.django_db(transaction=True)
def test_an_exporter_keeps_no_connection_and_reads_no_zeros(read, take_away):
    """In its own thread; where nothing can be read, nothing is observed."""
    opened = []

    def export():
        read("jwtkit.keys")
        opened.append(connection.connection)

    exporter = threading.Thread(target=export)
    exporter.start()
    exporter.join()
    assert opened == [None]
    take_away(StoredKey)
    assert read("jwtkit.keys") == {}


def test_without_instruments_nothing_is_called(ours, alice):
    """A process that is not instrumented only tests two lists for truth."""
    assert tokens.observers.ISSUED == tokens.observers.VERIFIED == []
    ours.instrument()
    assert len(tokens.observers.ISSUED) == len(tokens.observers.VERIFIED) == 1
    ours.uninstrument()
    assert tokens.observers.ISSUED == tokens.observers.VERIFIED == []


def as_prometheus(ours):
    """Return the names by which Prometheus knows our instruments."""
    counters = {f"{name.replace('.', '_')}_total" for name in ours.COUNTERS}
    return counters | {name.replace(".", "_") for name in ours.GAUGES}


def test_each_query_of_the_dashboard_names_an_instrument(ours):
    """And each instrument is drawn."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    names = [re.findall(r"\bjwtkit_\w+", query) for query in queries]
    assert all(names)
    assert {name for each in names for name in each} == as_prometheus(ours)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
