"""The system checks, as `manage.py check` runs them."""

from collections import defaultdict

import pytest
from django.core import checks


@pytest.fixture
def report(settings):
    """Set `JWTKIT`, run our checks, and return what they say by id."""

    def report(jwtkit=None, *, deploy=False, databases=(), **others):
        settings.JWTKIT = {} if jwtkit is None else jwtkit
        for name, value in others.items():
            setattr(settings, name, value)
        messages = checks.run_checks(include_deployment_checks=deploy, databases=list(databases))
        ours = [message for message in messages if str(message.id).startswith("jwtkit.")]
        assert all(message.hint for message in ours)
        said = defaultdict(str)
        for message in ours:
            said[message.id.removeprefix("jwtkit.")] += f"{message.msg} {message.hint}\n"
        return dict(said)

    return report
