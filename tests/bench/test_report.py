"""The report of the bench on a few rows (tables, chart, page), and that the docs match the measurements."""

from xml.etree import ElementTree as ET

import pytest

from bench import records
from bench.report import chart, markdown, page, tables
from bench.rounds import Row

SVG = "{http://www.w3.org/2000/svg}"
ROWS = [
    Row("decode HS256", "django_jwtkit", 10.0, 1.0, 0.01),
    Row("decode HS256", "the bare operation", 2.0, 0.2, 0.02),
    Row("decode HS256", "PyJWT", 40.0, 4.0, 0.03),
    Row("login", "django_jwtkit", 2000.0, 1.0, 0.0),
    Row("login", "Django's authenticate() alone", 500.0, 0.25, 0.0),
    Row("settings, a new token", "none of these", 100.0, 1.0, 0.0),
    Row("settings, a new token", "CHECK_SESSION", 150.0, 1.5, 0.0),
    Row("settings, a repeated token", "none of these", 80.0, 1.0, 0.0),
    Row("settings, a repeated token", "CHECK_SESSION", 120.0, 1.5, 0.0),
]


def record(rows, **more):
    return {
        "setting": {"machine": "one", "load": "1.0"},
        "counts": {},
        "results": [row._asdict() for row in rows],
        **more,
    }


class TestTables:
    @pytest.mark.parametrize(
        ("microseconds", "text"),
        [(0.1234, "0.12 µs"), (9.99, "9.99 µs"), (12.34, "12.3 µs"), (999.4, "999 µs"), (20_300, "20.3 ms")],
    )
    def test_times_have_three_digits(self, microseconds, text):
        """More would be noise."""
        assert markdown.time(microseconds) == text

    def test_each_contender_has_a_line(self):
        """The title once, and no ratio for the first."""
        lines = tables.speed(ROWS).splitlines()
        assert lines[2] == "| decode HS256 | django_jwtkit | 10.0 µs |  | ± 1 % |"
        assert lines[4] == "|  | PyJWT | 40.0 µs | 4.00 | ± 3 % |"
        assert not [line for line in lines if "CHECK_SESSION" in line]

    def test_settings_stand_side_by_side(self):
        """A new token, and a repeated one."""
        assert "| CHECK_SESSION | 150 µs | 1.50 | 120 µs | 1.50 |" in tables.settings(ROWS)

    def test_goals_have_a_column_for_each_python(self):
        """The newest first: 3.9 is older than 3.13."""
        sections = {f"{tables.SPEED}{python}": record(ROWS) for python in ("3.9", "3.13")}
        heads, _, first, *_ = tables.reached(sections).splitlines()
        assert heads == "| goal | bound | Python 3.13 | Python 3.9 |"
        assert first.endswith("| ≥ 5 | 4.00, **missed** | 4.00, **missed** |")

    def test_scale_sets_little_against_much(self):
        """With the pages of the database where there are any."""
        rows = [Row("refresh", "2 sessions", 1000, 1, 0.5), Row("refresh", "9 sessions", 1100, 1.1, 0.25)]
        reads = {"pages": {"refresh": [5, 6]}, "queries": {"refresh": [2, 2]}}
        last = tables.scale(record(rows, **reads)).splitlines()[-1]
        assert last == "| refresh | 2 sessions → 9 sessions | 1.00 ms | 1.10 ms | 1.10 | ± 25 % | 5 → 6 | 2 |"

    def test_servers_stand_side_by_side(self):
        """Time, ratio and noise of each; the first contender has no ratio."""
        rows = [Row("login", "ours", 2000.0, 1.0, 0.5), Row("login", "theirs", 3000.0, 1.5, 0.25)]
        by_database = {name: {"version": "1", **record(rows)} for name in ("PostgreSQL", "MariaDB")}
        *_, first, second = tables.servers(by_database).splitlines()
        assert first == "| login | ours | 2.00 ms |  | ± 50 % | 2.00 ms |  | ± 50 % |"
        assert second == "|  | theirs | 3.00 ms | 1.50 | ± 25 % | 3.00 ms | 1.50 | ± 25 % |"

    def test_throughput_is_told_above_no_authentication(self):
        """By database; the view without authentication has nothing above it."""
        row = {"database": "sqlite", "way": "ours", "work": 800, "above": 250, "noise": 9, "per_second": 1234}
        free = {**row, "way": "no authentication", "above": 0}
        first, second = tables.throughput({"results": [free, row]}).splitlines()[2:]
        assert first == "| SQLite | no authentication | 800 µs |  | ± 9 µs | 1,234 |"
        assert second == "|  | ours | 800 µs | 250 µs | ± 9 µs | 1,234 |"


class TestChart:
    ROWS = (
        Row("refresh", "django_jwtkit", 1000.0, 1.0, 0.0),
        Row("refresh", "simplejwt", 4000.0, 4.0, 0.0),
        Row("login", "django_jwtkit", 2000.0, 1.0, 0.0),
        Row("login", "simplejwt", 1000.0, 0.5, 0.0),
        *ROWS,
    )

    def bars(self):
        root = ET.fromstring(chart.draw(self.ROWS))
        names = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "name"]
        rectangles = [bar for bar in root.iter(f"{SVG}rect") if bar.get("class") == "bar"]
        return {name: float(bar.get("width")) for name, bar in zip(names, rectangles, strict=True)}

    def test_it_is_well_formed_and_described(self):
        """For those who can't see it, too."""
        root = ET.fromstring(chart.draw(self.ROWS))
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == "title about"
        assert {element.get("id") for element in root} >= {"title", "about"}

    def test_bars_are_as_long_as_we_are_times_as_fast(self):
        """All to one scale, whichever the other package is."""
        bars = self.bars()
        assert bars["Refresh"] == bars["Decode, HS256"]
        assert bars["Login"] * 8 == pytest.approx(bars["Refresh"], abs=1)

    def test_a_number_stands_behind_its_bar_and_the_mark(self):
        """Of a bar that ends before the mark, too."""
        root = ET.fromstring(chart.draw(self.ROWS))
        marks = [float(path.get("d")[1:].split()[0]) for path in root.iter(f"{SVG}path")]
        values = [float(text.get("x")) for text in root.iter(f"{SVG}text") if text.get("class") == "value"]
        ends = [chart.MARGIN + width for width in self.bars().values()]
        for value, mark, end in zip(values, marks, ends, strict=True):
            assert value > max(mark, end)
            assert value < chart.WIDTH - chart.MARGIN

    def test_nothing_is_drawn_outside(self):
        """Bars with their numbers, and panels, stay within the picture."""
        root = ET.fromstring(chart.draw(self.ROWS))
        width, height = map(float, root.get("viewBox").split()[2:])
        for element in root.iter():
            assert float(element.get("x", 0)) + float(element.get("width", 0)) <= width
            assert float(element.get("y", 0)) < height

    def test_it_has_a_background_for_dark_and_light(self):
        """A page may be dark where the system is light."""
        drawn = chart.draw(self.ROWS)
        assert 'class="paper"' in drawn
        assert "prefers-color-scheme: dark" in drawn


class TestPage:
    def test_only_the_measurements_change(self):
        """The text around it stays."""
        text = "Before.\n<!-- measured: speed -->\nold\n<!-- end -->\nAfter.\n"
        assert page.replace_blocks(text, {"speed": "new"}) == text.replace("old", "new")
        assert page.current_blocks(text) == {"speed": "old"}

    def test_a_block_without_a_measurement_is_an_error(self):
        """A mistyped name would stay empty permanently."""
        with pytest.raises(KeyError):
            page.replace_blocks("<!-- measured: sped -->\n<!-- end -->", {"speed": "new"})

    def test_a_section_is_written_in_the_place_of_its_last(self, tmp_path):
        """The others stay."""
        file = tmp_path / "performance.json"
        records.write("scale", {"rounds": 1}, file)
        records.write("speed, Python 3.13", {"rounds": 2}, file)
        assert records.write("scale", {"rounds": 3}, file) == records.read(file)
        assert {name: section["rounds"] for name, section in records.read(file).items()} == {
            "scale": 3,
            "speed, Python 3.13": 2,
        }


class TestDocs:
    def test_the_page_matches_the_measurements(self):
        """`python3 run.py bench` writes both the page and the JSON."""
        expected = page.blocks(records.read())
        blocks = page.current_blocks(page.PAGE.read_text(encoding="utf-8"))
        assert set(blocks) == set(expected)
        for name, block in blocks.items():
            assert block == expected[name], name

    def test_the_chart_matches_the_measurements(self):
        """It is drawn from the newest Python."""
        sections = records.read()
        newest = f"{tables.SPEED}{tables.pythons(sections)[0]}"
        assert page.CHART.read_text(encoding="utf-8") == chart.draw(tables.rows_of(sections, newest))
