"""The README on a package index, where no relative link and no relative picture leads anywhere."""

import json
import os
import re
import subprocess
import sys
import tarfile

import pytest

from hatch_build import TARGET, VARIABLE, absolute
from tests.test_docs import ROOT, links, targets

SITE = "https://docs.example.org/jwtkit"
README = ROOT / "README.md"


def metadata(**environment: str) -> dict[str, object]:
    """Return the metadata that a build writes."""
    command = [sys.executable, "-m", "hatchling", "metadata"]
    env = {name: value for name, value in os.environ.items() if name != VARIABLE} | environment
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_with_a_site_every_target_is_there():
    """Each is one of its pages, or a picture: the site has the repository's files at the same paths."""
    readme = metadata(**{VARIABLE: SITE})["readme"]["text"]
    local = [each for each in targets(readme) if not each.startswith(("http:", "https:", "#"))]
    assert local == []
    ours = [each.removeprefix(f"{SITE}/") for each in targets(readme) if each.startswith(SITE)]
    assert len(ours) == len(links(README))
    for each in ours:
        assert (ROOT / re.sub(r"\.html$", ".md", each.partition("#")[0])).exists(), each


def test_a_wheel_can_be_built_from_the_sdist(tmp_path):
    """Which must have what the build reads."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(next(tmp_path.iterdir())) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= {"README.md", "hatch_build.py", "pyproject.toml", "docs/conf.py"}


def test_without_a_site_the_readme_is_the_file():
    """A clone, a fork or an editable install needs no setting."""
    data = metadata()
    assert data["readme"]["text"] == README.read_text(encoding="utf-8")
    assert not data.get("urls")


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("[a](docs/a.md)", f"[a]({SITE}/docs/a.html)"),
        ("[a](docs/a.md#b-c)", f"[a]({SITE}/docs/a.html#b-c)"),
        ("![a](docs/a.png)", f"![a]({SITE}/docs/a.png)"),
        ('<img src="a.png" alt="b">', f'<img src="{SITE}/a.png" alt="b">'),
        ('<source srcset="a.png">', f'<source srcset="{SITE}/a.png">'),
        ("[a](#b), [c](https://d.example/e.md)", "[a](#b), [c](https://d.example/e.md)"),
        ("- x\n\n  ```text\n  [a](b.md)\n  ```\n", "- x\n\n  ```text\n  [a](b.md)\n  ```\n"),
    ],
)
@pytest.mark.parametrize("slash", ["", "/"])
def test_only_relative_targets_change(text: str, there: str, slash: str):
    """And none in a block of code."""
    assert absolute(text, SITE + slash) == there


def test_the_build_sees_each_link_that_markdown_sees():
    """It has a pattern of its own, and no parser."""
    text = README.read_text(encoding="utf-8")
    assert len(TARGET.findall(text)) == len(links(README))
