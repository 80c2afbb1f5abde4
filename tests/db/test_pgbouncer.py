"""Behind pgbouncer in transaction mode, with Django's usual settings for it, everything works."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from tests.support import services

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20  # seconds
CONFIGURATION = """
[databases]
* = host=127.0.0.1 port=5432 user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
"""


@pytest.fixture
def database():
    """A database of this test's own."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: tox -e once")
    if not services.is_listening("127.0.0.1", 5432):
        services.missing("needs PostgreSQL on 127.0.0.1:5432")
    name = f"jwtkit_pooled_{uuid.uuid4().hex[:12]}"
    with psycopg.connect("host=127.0.0.1 user=postgres dbname=postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def port(tmp_path):
    """The port of a pgbouncer, whose clients outnumber its connections."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        services.missing("needs pgbouncer: apt-get install pgbouncer")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = tmp_path / "pgbouncer.ini"
    file.write_text(CONFIGURATION.format(port=port))
    as_nobody = ["-u", "nobody"] if os.getuid() == 0 else []  # it refuses to run as root
    with subprocess.Popen([program, "-q", *as_nobody, str(file)], stderr=subprocess.DEVNULL) as server:
        ends = time.monotonic() + PATIENCE
        while not services.is_listening("127.0.0.1", port) and time.monotonic() < ends:
            time.sleep(0.05)
        yield port
        server.terminate()


def test_sessions_live_and_keys_rotate_in_transaction_mode(database, port):
    """Clients change connections between two statements; nothing of ours is kept in one."""
    command = [sys.executable, "-W", "error", "-m", "tests.db.behind_pgbouncer", str(port), database]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == {"lives": 18, "revoked": 1}
