"""Changes that must last refuse to run inside a transaction of their caller."""

import pytest
from django.db import transaction

from django_jwtkit.db import refuse_transaction
from django_jwtkit.errors import InsideTransaction


@pytest.mark.django_db(transaction=True)
def test_autocommit_off_is_a_callers_transaction():
    """A success that a rollback could still undo is refused."""
    transaction.set_autocommit(False)
    try:
        with pytest.raises(InsideTransaction):
            refuse_transaction("default", "This")
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
