"""The published vectors of the RFCs, which are not part of the repository.

`JWTKIT_VECTORS` names their folder; without it, they may lie in `../shared/vectors` beside the checkout. In
both cases the tests demand them. Elsewhere they are skipped, and the run says so at its end.
"""

import json
import os
from pathlib import Path
from typing import Final

import pytest

from tests.support.processes import ROOT

VARIABLE: Final = "JWTKIT_VECTORS"
FOLDER: Final = Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "vectors")
ARE_EXPECTED: Final = VARIABLE in os.environ or FOLDER.is_dir()
REASON: Final = f"needs the published vectors of the RFCs: {VARIABLE} names their folder"
NONE: Final = pytest.param(None, id="none", marks=pytest.mark.skip(reason=REASON))


def appendices(*kinds: str, expect: str = "", without: tuple[str, ...] = ()) -> list[object]:
    """Return the vectors of these kinds from the RFCs' appendices, as parameters."""
    if not ARE_EXPECTED:
        return [NONE]
    return [
        pytest.param(vector, id=vector["id"])
        for vector in read("rfc_appendices/rfc_vectors.json")["vectors"]
        if vector["kind"] in kinds
        and vector.get("expect", "").startswith(expect)
        and vector["id"] not in without
    ]


def appendix(name: str) -> dict[str, object]:
    """Return the vector `name` of the RFCs' appendices."""
    return next(row for row in read("rfc_appendices/rfc_vectors.json")["vectors"] if row["id"] == name)


def cookbook(*patterns: str) -> list[object]:
    """Return the vectors of RFC 7520 in these files, as parameters."""
    if not ARE_EXPECTED:
        return [NONE]
    paths = [path for pattern in patterns for path in sorted((FOLDER / "rfc7520").glob(pattern))]
    if not paths:
        raise FileNotFoundError(f"{VARIABLE}: {FOLDER} has no files rfc7520/{patterns[0]}")
    return [pytest.param(json.loads(path.read_text("utf-8")), id=f"rfc7520-{path.stem}") for path in paths]


def read(name: str) -> dict[str, object]:
    """Return the content of a file of vectors, or skip the test that asks for it."""
    if not ARE_EXPECTED:
        pytest.skip(REASON)
    return json.loads((FOLDER / name).read_text("utf-8"))


def summary(skipped: list[pytest.TestReport]) -> str | None:
    """Return the line that ends a run in which tests were skipped for want of the vectors."""
    count = sum(REASON in str(report.longrepr) for report in skipped)
    return f"{count} tests were skipped: each {REASON}" if count else None
