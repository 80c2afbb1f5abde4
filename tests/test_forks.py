"""A forked child can take every lock, whatever the threads of its parent had locked at that moment."""

import ast
import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connections

import django_jwtkit
from django_jwtkit import forks, keys, log_limit, moments, sessions, tokens
from django_jwtkit.keys.snapshots import get_snapshot, memory
from django_jwtkit.keys.snapshots.entry import LOCKS
from django_jwtkit.keys.store import current_store

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

SOURCE = Path(django_jwtkit.__file__).parent
SECONDS = 20


def in_child(action):
    """Whether `action` comes to its end in a forked child, which is killed if it hangs."""
    child = os.fork()
    if not child:
        status = 1
        try:
            signal.alarm(SECONDS)
            action()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def locked():
    """Have another thread hold locks while the test goes on."""
    go_on, threads = threading.Event(), []

    def lock(*locks):
        ready = threading.Event()

        def hold():
            with ExitStack() as stack:
                for each in locks:
                    stack.enter_context(each.inner)
                ready.set()
                go_on.wait(60)

        threads.append(threading.Thread(target=hold))
        threads[-1].start()
        assert ready.wait(10)

    yield lock
    go_on.set()
    for thread in threads:
        thread.join(10)


@pytest.mark.threat("KEY-023")
def test_a_child_logs_a_refusal_while_its_parents_log_was_locked(locked):
    """The log's lock is the first that a refused token takes."""
    locked(log_limit._lock)
    assert in_child(lambda: log_limit.suppressed("rubbish"))
    assert log_limit._lock.inner.locked(), "the parent's own is as it was"


@pytest.mark.django_db(transaction=True)
def test_a_child_signs_and_verifies_while_its_parents_rings_were_locked(locked, django_user_model):
    """The memory of each ring, the proofs and the keys that are being opened."""
    alice = django_user_model.objects.create_user("alice")
    text = tokens.issue(alice)
    tokens.verify(text)
    kept = get_snapshot("access")
    locked(
        memory.memory_of(current_store().ring("access")).lock,
        memory.memory_of(current_store().ring("refresh")).lock,
        kept.proven._lock,
        *LOCKS,
    )

    def work():
        assert tokens.verify(sessions.start(alice).access)
        assert tokens.verify(text)
        for entry in kept.entries.values():  # what the child's own thread had in hand
            entry._private = None
            entry.private()
        keys.Keyring(kept, moments.now(), django_jwtkit.conf.conf()).find({"kid": next(iter(kept.entries))})

    connections.close_all()
    assert in_child(work)


def test_a_child_knows_no_snapshot_of_its_parent():
    """A key that was revoked since is not trusted for as long as the child lives."""
    memory.memory_of(current_store().ring("access"))
    assert in_child(lambda: (_ for _ in ()).throw(AssertionError) if memory._memories else None)


def test_a_lock_is_taken_without_a_frame_of_pythons():
    """An exception that a signal brings, between two lines of ours, never leaves it taken."""
    lock, frames = forks.Lock(), []
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: frames.append(frame.f_code.co_name) if event == "call" else None)
    try:
        with lock.inner:
            pass
    finally:
        sys.setprofile(before)
    assert frames == []
    assert not lock.inner.locked()


def test_every_lock_of_the_package_is_one_of_these():
    """`threading.Lock()` and its kind are made in one module, and no lock is left out by a new one."""
    makers = {"Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "Barrier"}
    locks = [
        f"{file.relative_to(SOURCE)}:{node.lineno}"
        for file in SOURCE.rglob("*.py")
        if file.name != "forks.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.ImportFrom) and _makes_a_lock(node, makers)
    ]
    assert locks == []


def _makes_a_lock(node, makers):
    if isinstance(node, ast.ImportFrom):
        return node.module in {"threading", "multiprocessing"} and bool(makers & {n.name for n in node.names})
    return node.attr in makers and isinstance(node.value, ast.Name) and node.value.id == "threading"
