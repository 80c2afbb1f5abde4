"""Draw the package's rooms and floors: `python docs/picture.py` writes docs/images/house.svg.

The floors are import-linter's layers in pyproject.toml. An arrow is an import that exists. One that follows
from others (a imports b, b imports c, so a may import c) is left out, or there would be four times as many.
"""

import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = "django_jwtkit"
PICTURE: Final = ROOT / "docs" / "images" / "house.svg"

Graph = Mapping[str, AbstractSet[str]]

LETTER, PADDING, GAP = 8.2, 26, 16  # pixels: a letter, around a room's name, between two nodes
FLOOR, ROOM, MARGIN, LABEL = 62, 30, 22, 64  # heights of a floor and of a room; around all; for the number
SWEEPS: Final = 40

STYLE: Final = """
text { font: 14px ui-monospace, "SF Mono", Menlo, Consolas, monospace; fill: #1f2933; text-anchor: middle }
.paper { fill: #ffffff; stroke: #d9dee3 } .band { fill: #f3f5f7 } .floor { font-size: 11px; fill: #52606d }
.room { fill: #e0f2f5; stroke: #0b7285 } .import { fill: none; stroke: #7b8794; stroke-width: 1.2 }
.head { fill: #7b8794 }
@media (prefers-color-scheme: dark) {
text { fill: #e4e7eb } .paper { fill: #11181f; stroke: #323f4b } .band { fill: #182129 }
.floor { fill: #9aa5b1 } .room { fill: #12333a; stroke: #22b8cf } .import { stroke: #7b8794 }
}
"""


class Node(NamedTuple):
    """A room, or with a `target` the place where the import of a room passes another floor."""

    room: str
    floor: int
    target: str = ""

    @property
    def width(self) -> float:
        return 0 if self.target else len(self.room) * LETTER + PADDING


def read_floors() -> list[list[str]]:
    """Return the rooms of each floor, the highest floor first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each.get("containers") == [PACKAGE])
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def read_imports(rooms: AbstractSet[str]) -> dict[str, set[str]]:
    """Return which other rooms each room imports."""
    imports: dict[str, set[str]] = {room: set() for room in rooms}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        module = path.relative_to(ROOT).with_suffix("").parts
        for name in imported_names(ast.parse(path.read_text(encoding="utf-8")), module):
            package, _, rest = name.partition(".")
            room = rest.partition(".")[0]
            if package == PACKAGE and room in rooms and module[1] in rooms - {room}:
                imports[module[1]].add(room)
    return imports


def imported_names(tree: ast.Module, module: Sequence[str]) -> Iterator[str]:
    """Yield the absolute name of each import in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*module[: -node.level]] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{prefix}.{alias.name}" for alias in node.names)


def without_implied(imports: Graph) -> dict[str, set[str]]:
    """Return the imports that do not follow from others."""
    return {
        room: {
            target for target in targets if not any(target in reachable(imports, other) for other in targets)
        }
        for room, targets in imports.items()
    }


def reachable(imports: Graph, room: str) -> set[str]:
    """Return the rooms below `room`, over any number of imports."""
    below: set[str] = set()
    waiting = [*imports[room]]
    while waiting:
        if (target := waiting.pop()) not in below:
            below.add(target)
            waiting += imports[target]
    return below


def chains(floors: Sequence[Sequence[str]], imports: Graph) -> list[list[Node]]:
    """Return the way of each arrow: its room, a place on each floor between, its target."""
    floor_of = {room: number for number, rooms in enumerate(floors) for room in rooms}
    return [
        [
            Node(room, floor_of[room]),
            *(Node(room, floor, target) for floor in range(floor_of[room] + 1, floor_of[target])),
            Node(target, floor_of[target]),
        ]
        for room in sorted(imports)
        for target in sorted(imports[room])
    ]


def arrange(floors: Sequence[Sequence[str]], ways: Sequence[Sequence[Node]]) -> dict[Node, float]:
    """Return the x of the middle of each node: near its neighbours, and beside the others of its floor."""
    rows = [[Node(room, number) for room in rooms] for number, rooms in enumerate(floors)]
    neighbours: dict[Node, list[Node]] = {node: [] for row in rows for node in row}
    for way in ways:
        for node in way[1:-1]:
            rows[node.floor].append(node)
            neighbours[node] = []
        for upper, lower in pairwise(way):
            neighbours[upper].append(lower)
            neighbours[lower].append(upper)
    place = {node: x for row in rows for node, x in spread(row, dict.fromkeys(row, 0.0)).items()}
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 else reversed(rows):
            wanted = {
                node: sum(place[each] for each in neighbours[node]) / max(len(neighbours[node]), 1)
                for node in row
            }
            place |= spread(sorted(row, key=lambda node: (wanted[node], node)), wanted)
    return place


def spread(row: Sequence[Node], wanted: Mapping[Node, float]) -> dict[Node, float]:
    """Return places in this order, without overlaps, and on average where they are wanted."""
    place: dict[Node, float] = {}
    edge = float("-inf")
    for node in row:
        place[node] = max(wanted[node], edge + node.width / 2)
        edge = place[node] + node.width / 2 + GAP
    shift = sum(place[node] - wanted[node] for node in row) / max(len(row), 1)
    return {node: x - shift for node, x in place.items()}


def draw() -> str:
    """Return the picture as SVG."""
    floors = read_floors()
    imports = without_implied(read_imports({room for rooms in floors for room in rooms}))
    ways = chains(floors, imports)
    place = arrange(floors, ways)
    left = min(x - node.width / 2 for node, x in place.items()) - MARGIN - LABEL
    width = max(x + node.width / 2 for node, x in place.items()) + MARGIN - left
    place = {node: x - left for node, x in place.items()}
    rooms = [node for node in place if not node.target]
    parts = [*head(width, len(floors) * FLOOR + 2 * MARGIN, imports)]
    parts += [part for number in range(len(floors)) for part in band(number, len(floors), width)]
    parts += [arrow([(place[node], middle(node.floor)) for node in way]) for way in ways]
    parts += [part for node in sorted(rooms) for part in room_box(node, place[node])]
    return "\n".join([*parts, "</svg>"]) + "\n"


def middle(floor: int) -> float:
    return MARGIN + floor * FLOOR + FLOOR / 2


def head(width: float, height: float, imports: Graph) -> Iterator[str]:
    """Yield the beginning, with a description for readers who can't see the picture."""
    about = " ".join(
        f"{room} imports {', '.join(sorted(imports[room]))}." for room in sorted(imports) if imports[room]
    )
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img"'
    yield f' aria-labelledby="title about"><title id="title">The rooms and floors of {PACKAGE}</title>'
    yield f'<desc id="about">Imports point down. {escape(about)}</desc><style>{STYLE}</style>'
    yield '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
    yield ' orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>'
    yield f'<rect class="paper" x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8"/>'


def band(number: int, count: int, width: float) -> Iterator[str]:
    """Yield the background of a floor, and its number, counted from the ground."""
    top, x, y = MARGIN + number * FLOOR, LABEL / 2 + 4, middle(number) + 4
    if number % 2 == 0:
        yield f'<rect class="band" x="1" y="{top}" width="{width - 2:.0f}" height="{FLOOR}"/>'
    yield f'<text class="floor" x="{x:.0f}" y="{y:.0f}">floor {count - 1 - number}</text>'


def arrow(points: Sequence[tuple[float, float]]) -> str:
    """Return a smooth line through `points`, from the bottom of a room to the top of another."""
    (x, y), *rest = points
    y += ROOM / 2
    path = f"M{x:.0f} {y:.0f}"
    for number, (next_x, next_y) in enumerate(rest, 1):
        end = next_y - ROOM / 2 - 1 if number == len(rest) else next_y
        half = (y + end) / 2
        path += f" C{x:.0f} {half:.0f} {next_x:.0f} {half:.0f} {next_x:.0f} {end:.0f}"
        x, y = next_x, end
    return f'<path class="import" marker-end="url(#head)" d="{path}"/>'


def room_box(node: Node, x: float) -> Iterator[str]:
    y = middle(node.floor)
    yield (
        f'<rect class="room" x="{x - node.width / 2:.0f}" y="{y - ROOM / 2:.0f}" '
        f'width="{node.width:.0f}" height="{ROOM}" rx="5"/>'
    )
    yield f'<text x="{x:.0f}" y="{y + 5:.0f}">{escape(node.room)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
