"""The rows that the bench writes in SQL are rows of the present model."""

import re

import pytest

from bench import crowd
from bench.scale import side
from django_jwtkit.models import Session

COLUMNS = re.compile(r"INSERT INTO (\w+) \(([^)]*)\)")


@pytest.mark.parametrize("statement", [crowd.SESSIONS, side.DYING], ids=["the crowd", "the dying"])
def test_an_insert_names_each_column_that_needs_a_value(statement):
    """Django's defaults are not the database's: a new column would stop the bench."""
    table, columns = COLUMNS.search(statement).groups()
    needed = {field.column for field in Session._meta.concrete_fields if not (field.null or field.generated)}
    assert table == Session._meta.db_table
    assert needed - set(re.split(r",\s*", columns)) == set()
