"""The measures of a picture: whole units of its viewBox."""

from typing import Final, NamedTuple


class Layout(NamedTuple):
    """`start` and `end` are the ends of the axis; `ring` and `line` the heights of a name and of a key.

    The bar of a key lies `below` its label; `apart` are two labels of the axis at least.
    """

    css: str
    width: int
    start: int
    end: int
    state: int  # where the word for the state ends
    ring: int
    line: int
    below: int
    apart: int

    def with_faults(self) -> "Layout":
        """Return this layout with room for states such as "Verify only – cannot verify" beside a name."""
        return self if self.below else self._replace(start=self.start + FAULT, state=self.state + FAULT)


WIDE: Final = Layout("wide", 1000, 256, 984, 242, ring=34, line=24, below=0, apart=50)
NARROW: Final = Layout("narrow", 360, 4, 348, 356, ring=34, line=42, below=17, apart=70)
"""For a phone: it needs no scrolling, so that "now" is always in view."""

FAULT: Final = 84
TOP: Final = 38  # the axis is above
LINES: Final = TOP - 4  # where its lines begin
DATE: Final = 80  # of a date at the end of a bar, at most
GAP: Final = 8  # before it
HALF: Final = 36  # of a label of the axis, at most
THICK, THIN = 12, 2
LEAST: Final = 3  # a shorter segment could not be seen
