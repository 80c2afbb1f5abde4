"""Real processes that race on the test's database: `with Processes(16, "module:function") as many:
many.run("x")`.

Each child imports Django once, then calls its function once a round, all of them at the same moment. It finds
its number in `JWTKIT_PROCESS`.
"""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]


class Processes:
    """`count` children, ready and waiting for the same function's next round."""

    def __init__(self, count: int, function: str, **environment: str) -> None:
        from django.db import connection

        name = str(connection.settings_dict["NAME"])
        env = {
            **os.environ,
            "JWTKIT_DATABASE_NAME": name,
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        }
        self.children = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.support.processes", function],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env=env | environment | {"JWTKIT_PROCESS": str(number)},
            )
            for number in range(count)
        ]
        for child in self.children:
            assert self._answer(child) == "ready"

    def run(self, *arguments: object) -> list[Any]:
        """Call it in all children at once; return what each returned, an error as `{"error": …}`."""
        for child in self.children:
            assert child.stdin is not None
            child.stdin.write(json.dumps(arguments) + "\n")
            child.stdin.flush()
        return [self._answer(child) for child in self.children]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ):
        for child in self.children:
            child.stdin.close()  # type: ignore[union-attr]
        for child in self.children:
            child.wait(timeout=30)
            child.stdout.close()  # type: ignore[union-attr]

    @staticmethod
    def _answer(child: "subprocess.Popen[str]") -> Any:
        assert child.stdout is not None
        return json.loads(child.stdout.readline())


def _serve(target: str) -> None:
    import django

    django.setup()
    module, _, name = target.partition(":")
    function = getattr(importlib.import_module(module), name)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        try:
            answer = function(*json.loads(line))
        except BaseException as error:  # noqa: BLE001 - the parent asserts on it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
