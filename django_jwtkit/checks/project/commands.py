"""Our commands, which another app may hide behind its own of the same name."""

from pathlib import Path
from typing import Final

from django.apps import apps
from django.core.checks import CheckMessage, register
from django.core.management import find_commands, get_commands

from django_jwtkit.checks.faults import TAG, fault

COMMANDS: Final = tuple(sorted(find_commands(str(Path(__file__).parents[2] / "management"))))
OURS: Final = "django_jwtkit"


@register(TAG)
def check_commands(**_: object) -> list[CheckMessage]:
    """W005: another app's command of the same name, which Django prefers."""
    if not apps.is_installed(OURS):
        return []
    owners = get_commands()
    others = {name: owners[name] for name in COMMANDS if owners.get(name, OURS) != OURS}
    return [fault("W005", command=name, app=_name(owner)) for name, owner in others.items()]


def _name(owner: object) -> str:
    return owner if isinstance(owner, str) else type(owner).__module__
