"""Checks of what surrounds the settings: functions, users, caches, other apps, tenants."""

from .authentication import check_order
from .bridge import check_blacklist, check_bridge, check_bridge_length
from .commands import check_commands
from .functions import check_claims_function, check_paths
from .names import check_names
from .simplejwt import check_simplejwt
from .tenants import check_tenants
from .users import check_user_id_field, check_users

__all__ = [
    "check_blacklist",
    "check_bridge",
    "check_bridge_length",
    "check_claims_function",
    "check_commands",
    "check_names",
    "check_order",
    "check_paths",
    "check_simplejwt",
    "check_tenants",
    "check_user_id_field",
    "check_users",
]
