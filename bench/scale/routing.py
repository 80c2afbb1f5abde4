"""Users and sessions are in the database that was chosen last; keys and all else in the default one."""

from typing import Final

from django.db.models import Model

_chosen: Final[list[str]] = ["default"]


def choose(alias: str) -> None:
    """Use the users and sessions of `alias` from now on."""
    _chosen[0] = alias


class Router:
    def db_for_read(self, model: type[Model], **hints: object) -> str | None:
        ours = model._meta.app_label == "auth" or model._meta.db_table == "jwtkit_session"
        return _chosen[0] if ours else None

    db_for_write = db_for_read

    def allow_relation(self, *instances: Model, **hints: object) -> bool:
        return True
