"""The page's two deployments under load: no failing request, and nobody is logged out.

A client calls the whole time, before, during and after both, and refreshes when its access token has expired.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.simplejwt_names.moving import PASSWORD, Shop

pytest.importorskip("gunicorn")

from tests.simplejwt_names.serving import Client, Server

pytestmark = [pytest.mark.once, pytest.mark.race]

ACCESS = 10  # seconds: what an access token lives here
CLIENTS = 3
CUSTOMER = f"""
from django.contrib.auth import get_user_model
get_user_model().objects.create_user("ada@example.com", {PASSWORD!r})
result = None
"""


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The name of an empty database on the server at hand."""
    psycopg = pytest.importorskip("psycopg")
    try:
        server = psycopg.connect("host=127.0.0.1 user=postgres dbname=postgres", autocommit=True)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL answers on 127.0.0.1")
    name = f"shop_{uuid.uuid4().hex[:12]}"
    with server:
        server.execute(f"CREATE DATABASE {name}")
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def move(
    folder: Path, deploy: Callable[[Server], float], **environment: str
) -> tuple[list[Client], list[float]]:
    """Take the shop through both deployments under load; return the clients and how long each took."""
    before = Shop.make(folder / "before", SHOP_ACCESS=str(ACCESS), **environment)
    before.shell(CUSTOMER)
    server = Server(folder, before)
    try:
        clients = [Client(server.port, patient="SHOP_SQLITE" in environment) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        first = before.copy(folder / "first")
        first.install()
        first.paste()
        first.deploy_first()
        second = first.copy(folder / "second")
        second.deploy_second()
        took = []
        for release in (first, second):
            server.release(release)
            took.append(deploy(server))
            time.sleep(ACCESS + 3)  # each client refreshes at least once
        for client in clients:
            client.end()
    finally:
        server.stop()
    return clients, took


def tell(clients: list[Client], took: list[float]) -> None:
    """Print the numbers that the documents tell of."""
    calls = sum(
        sum(client.counts[path] for path in client.counts if path.startswith("/")) for client in clients
    )
    refreshes = sum(len(client.refreshes) for client in clients)
    failures = sum(len(client.failures) for client in clients)
    deployments = ", ".join(f"{seconds:.1f} s" for seconds in took)
    for client in clients:
        for failure in client.failures:
            print("failed:", *failure)
    print(f"{calls} requests, {refreshes} refreshes, {failures} failures; deployments of {deployments}")


def test_two_rolling_restarts_on_postgresql(tmp_path: Path, postgresql: str):
    """Two workers each: while both kinds serve, each accepts what the other has issued."""
    clients, took = move(tmp_path, Server.roll, SHOP_POSTGRESQL=postgresql)
    tell(clients, took)
    assert max(took) < ACCESS  # the condition of the page
    assert [client.failures for client in clients] == [[]] * CLIENTS
    assert {typ for client in clients for typ in client.refreshes} == {"JWT", "at+jwt"}


def test_two_plain_restarts_on_sqlite(tmp_path: Path):
    """A client waits while nobody listens, and goes on where it was."""
    clients, took = move(tmp_path, Server.restart, SHOP_SQLITE=str(tmp_path / "shop.sqlite3"))
    tell(clients, took)
    assert [client.failures for client in clients] == [[]] * CLIENTS
    assert {typ for client in clients for typ in client.refreshes} == {"JWT", "at+jwt"}
