"""The pages of keys: the list with its timeline, a key, and the forms that rotate and revoke."""

from .pages import StoredKeyAdmin

__all__ = ["StoredKeyAdmin"]
