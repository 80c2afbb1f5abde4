"""`docs/performance.md`: what people have written, and between markers what was measured.

A marker is a comment in Markdown, `<!-- measured: NAME -->`, and what follows it up to `<!-- end -->` is made
from `docs/performance.json`. A test holds the two together.
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
    """Every block that what was measured is enough for, by name."""
    return dict(_blocks(records))


def told(records: Records, *names: str) -> str:
    """The blocks called `names`, for the terminal."""
    made = blocks(records)
    return "\n\n".join(made[name] for name in names if name in made)


def renewed(page: str, made: Mapping[str, str]) -> str:
    """The page with its blocks anew; raise `KeyError` for a block that nothing was measured for."""
    return BLOCK.sub(lambda found: f"{found[1]}{made[found[2]]}\n{found[4]}", page)


def shown(page: str) -> dict[str, str]:
    """The blocks that a page shows, by name."""
    return {found[2]: found[3].strip() for found in BLOCK.finditer(page)}


def renew(records: Records) -> None:
    """Write page and chart anew; a block without a measurement stays as it is."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(renewed(page, {**shown(page), **blocks(records)}), encoding="utf-8")
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
