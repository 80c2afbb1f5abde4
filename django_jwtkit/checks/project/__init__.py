"""Checks of what surrounds the settings: functions, users, caches, other apps, tenants."""

from .authentication import check_order
from .commands import check_commands
from .functions import check_claims_function, check_paths
from .names import check_names
from .tenants import check_tenants
from .users import check_user_id_field, check_users

__all__ = [
    "check_claims_function",
    "check_commands",
    "check_names",
    "check_order",
    "check_paths",
    "check_tenants",
    "check_user_id_field",
    "check_users",
]
