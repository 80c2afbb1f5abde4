"""Tables in Markdown, and numbers as people read them."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], lines: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """Return a table whose first `words` columns are text, the others numbers."""
    marks = ["---"] * words + ["--:"] * (len(heads) - words)
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, marks, *lines)).replace("| |", "|  |")


def time(microseconds: float) -> str:
    """Return a time with three digits or more, in µs or ms."""
    if microseconds >= 1000:
        return f"{_digits(microseconds / 1000)} ms"
    return f"{_digits(microseconds)} µs"


def ratio(value: float) -> str:
    return _digits(value)


def percent(part: float) -> str:
    """Return a spread as a percentage."""
    return f"± {part * 100:.0f} %"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
