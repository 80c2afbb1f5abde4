"""The type of a Claims Set: what a type checker knows of the claims that RFC 7519 registers (§4.1).

A verified Claims Set is a plain dict. A `TypedDict` could not have the application's own claims besides, for
not every type checker knows its `extra_items` (PEP 728).
"""

from typing import TYPE_CHECKING, Any, Literal, TypeVar

Text = Literal["iss", "sub", "jti"]
Date = Literal["exp", "nbf", "iat"]

if TYPE_CHECKING:
    from typing import overload

    T = TypeVar("T")

    class Claims(dict[str, Any]):
        """A verified Claims Set. Texts are `str`, dates NumericDates, and the application's own claims `Any`.

        `decode` has checked these types. A date with a fraction, which only other issuers write, is a float.
        """

        @overload
        def __getitem__(self, name: Text, /) -> str: ...
        @overload
        def __getitem__(self, name: Date, /) -> int: ...
        @overload
        def __getitem__(self, name: Literal["aud"], /) -> str | list[str]: ...
        @overload
        def __getitem__(self, name: str, /) -> Any: ...
        def __getitem__(self, name: str, /) -> Any: ...

        @overload  # type: ignore[override]
        def get(self, name: Text, /) -> str | None: ...
        @overload
        def get(self, name: Text, default: T, /) -> str | T: ...
        @overload
        def get(self, name: Date, /) -> int | None: ...
        @overload
        def get(self, name: Date, default: T, /) -> int | T: ...
        @overload
        def get(self, name: Literal["aud"], /) -> str | list[str] | None: ...
        @overload
        def get(self, name: str, default: object = None, /) -> Any: ...
        def get(self, name: str, default: object = None, /) -> Any: ...

else:
    Claims = dict
