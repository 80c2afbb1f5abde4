"""Write the measurements into `docs/performance.md`, between markers.

A marker is a comment in Markdown, `<!-- measured: NAME -->`. The text from there to `<!-- end -->` is
generated from `docs/_data/performance.json`. A test compares the two.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bench.records import ROOT, Records

from . import chart, tables

PAGE: Final = ROOT / "docs" / "performance.md"
CHART: Final = ROOT / "docs" / "images" / "performance.svg"
BLOCK: Final = re.compile(r"(<!-- measured: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def blocks(records: Records) -> dict[str, str]:
    """Return each block that there are measurements for, by name."""
    return dict(_blocks(records))


def render(records: Records, *names: str) -> str:
    """Return the blocks called `names`, for the terminal."""
    contents = blocks(records)
    return "\n\n".join(contents[name] for name in names if name in contents)


def replace_blocks(page: str, contents: Mapping[str, str]) -> str:
    """Return the page with new blocks. Raises `KeyError` for a block without a measurement."""
    return BLOCK.sub(lambda match: f"{match[1]}{contents[match[2]]}\n{match[4]}", page)


def current_blocks(page: str) -> dict[str, str]:
    """Return the blocks of a page, by name."""
    return {match[2]: match[3].strip() for match in BLOCK.finditer(page)}


def update(records: Records) -> None:
    """Write page and chart; a block without a measurement stays as it is."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replace_blocks(page, {**current_blocks(page), **blocks(records)}), encoding="utf-8")
    if pythons := tables.pythons(records):
        rows = tables.rows_of(records, f"{tables.SPEED}{pythons[0]}")
        CHART.parent.mkdir(parents=True, exist_ok=True)
        CHART.write_text(chart.draw(rows), encoding="utf-8")


def _blocks(records: Records) -> Iterator[tuple[str, str]]:
    if pythons := tables.pythons(records):
        newest = f"{tables.SPEED}{pythons[0]}"
        rows, record = tables.rows_of(records, newest), records[newest]
        yield "goals", tables.reached(records)
        yield "speed", tables.speed(rows)
        yield "servers", tables.servers(record.get("servers", {}))
        yield "settings", tables.settings(rows)
        yield "counts", tables.counts(record["counts"])
        yield "setting", tables.setting(records)
    for section, draw in SECTIONS.items():
        if section in records:
            yield section, draw(records[section])


SECTIONS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "scale": tables.scale,
    "throughput": tables.throughput,
}
