"""Measure what bad tokens cost: `python -m bench.bad_input` prints a table in Markdown.

Each row is a batch of tokens that `tokens.verify` reads in a warm process: microseconds per token, queries
of the whole batch, and the most memory that Python added at any moment (in a second run, since tracing is
slow). The last two rows are for comparison: a good token, and one with one bit changed.
"""
# ruff: noqa: E402, T201 - Django is set up before its models are imported; and it prints

import os
import time
import tracemalloc
from collections import Counter
from typing import Final

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "testproject.settings"
os.environ["JWTKIT_SQLITE"] = ":memory:"
django.setup()

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_jwtkit import tokens
from django_jwtkit.errors import TokenError
from django_jwtkit.jose.wire.encoding import b64u_encode, dumps

MANY: Final = 10_000


def with_header(header: bytes) -> str:
    """Return a token of this JOSE Header, with the rest of a good form."""
    return f"{b64u_encode(header)}.e30.{b64u_encode(bytes(64))}"


def batches(good: str) -> dict[str, list[str]]:
    """Return the tokens of each row, by its title."""
    head, payload, signature = good.split(".")
    changed = ("B" if signature[0] != "B" else "C") + signature[1:]
    unknown = [{"alg": "ES256", "kid": f"unknown-{number}", "typ": "at+jwt"} for number in range(MANY)]
    return {
        "a token of 1 MB": ["a" * 2**20] * MANY,
        "5,000 dots": ["." * 5000] * MANY,
        "10,000 unknown key IDs": [with_header(dumps(header)) for header in unknown],
        "a header 5,000 arrays deep": [with_header(b'{"alg":' + b"[" * 5000)] * MANY,
        "an integer of 5,000 digits": [with_header(b'{"alg":' + b"9" * 5000 + b"}")] * MANY,
        "8 KiB of escaped quotes": [with_header(b'{"alg":"' + b'\\"' * 3000 + b'"}')] * MANY,
        "*one bit changed*": [f"{head}.{payload}.{changed}"] * 1000,
        "*a good one*": [good] * 1000,
    }


def judge(text: str) -> str:
    """Verify `text` and return the code of the error, or "good"."""
    try:
        tokens.verify(text)
    except TokenError as error:
        return error.code
    return "good"


def measure(batch: list[str]) -> tuple[float, int, int, str]:
    """Return microseconds per token, queries and KiB of the batch, and the answers."""
    with CaptureQueriesContext(connection) as captured:
        start = time.perf_counter()
        answers = Counter(map(judge, batch))
        spent = time.perf_counter() - start
    tracemalloc.start()
    for text in batch:
        judge(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return spent / len(batch) * 1e6, len(captured), peak // 1024, ", ".join(answers)


def main() -> None:
    """Migrate a database in memory, warm up, and print a row for each batch."""
    call_command("migrate", verbosity=0)
    good = tokens.issue(get_user_model().objects.create_user("alice"))
    tokens.verify(good)
    print("| tokens | each | queries in all | memory at most | answer |\n|---|--:|--:|--:|---|")
    for name, batch in batches(good).items():
        each, queries, kib, answers = measure(batch)
        print(f"| {name} | {each:.1f} µs | {queries} | {kib} KiB | `{answers}` |", flush=True)


if __name__ == "__main__":
    main()
