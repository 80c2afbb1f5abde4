"""The picture of the house shows the rooms, floors and imports that there are."""

import re
from itertools import chain, pairwise
from xml.etree import ElementTree as ET

from docs import picture

SVG = "{http://www.w3.org/2000/svg}"
PAGE = picture.ROOT / "docs" / "the-house.md"


def rooms():
    return set(chain.from_iterable(picture.read_floors()))


def test_the_picture_is_drawn_from_the_present_imports():
    """`python3 run.py format` redraws it after a change."""
    assert picture.PICTURE.read_text(encoding="utf-8") == picture.draw(), "run: python3 run.py format"


def test_each_room_is_drawn_once():
    """With its name as text, and a description for readers who can't see the picture."""
    root = ET.fromstring(picture.draw())
    names = [text.text for text in root.iter(f"{SVG}text") if text.get("class") != "floor"]
    assert sorted(names) == sorted(rooms())
    assert root.get("role") == "img"
    described = {element.get("id"): element.text for element in root if element.get("id")}
    assert "floors" in described["title"]
    assert "tokens imports keys." in described["about"]
    assert "prefers-color-scheme: dark" in root.find(f"{SVG}style").text


def test_no_two_rooms_overlap():
    """Names stay readable, however many rooms a floor has."""
    boxes = [box for box in ET.fromstring(picture.draw()).iter(f"{SVG}rect") if box.get("class") == "room"]
    spans = sorted((float(box.get("y")), float(box.get("x")), float(box.get("width"))) for box in boxes)
    for (y, x, width), (next_y, next_x, _) in pairwise(spans):
        assert next_y > y or next_x >= x + width


def test_an_import_that_follows_from_others_is_left_out():
    """The others are all there."""
    imports = {"a": {"b", "c", "d"}, "b": {"c"}, "c": set(), "d": set()}
    assert picture.without_implied(imports) == {"a": {"b", "d"}, "b": {"c"}, "c": set(), "d": set()}


def test_imports_of_each_form_are_read():
    """Absolute and relative ones, of a module and of a room's door."""
    tree = picture.ast.parse(
        "import x.keys\nfrom . import conf\nfrom ..jose import Key\nfrom .wire.header import read"
    )
    names = list(picture.imported_names(tree, ("x", "tokens", "issuing")))
    assert names == ["x.keys", "x.tokens.conf", "x.jose.Key", "x.tokens.wire.header.read"]


def test_each_room_has_a_line_beside_the_picture():
    """A reader who looks for something finds its room."""
    text = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == rooms()
