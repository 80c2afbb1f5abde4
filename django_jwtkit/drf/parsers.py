"""Request bodies, read as strictly as tokens: bounded, UTF-8 whatever `charset` says, no name twice."""

from collections.abc import Iterable
from io import BytesIO
from typing import IO, Final
from urllib.parse import parse_qsl

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from django_jwtkit.errors import TokenError
from django_jwtkit.jose import encoding

MAX_BODY: Final = 65_536  # octets: 4,096 characters of a password, two escapes each, and room to spare
MAX_FIELDS: Final = 32  # of a form


class StrictJSONParser(BaseParser):
    """One JSON object (RFC 8259), read by the same parser as a Claims Set."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: object = None
    ) -> dict[str, object]:
        """Return the object in `stream`; raise `ParseError` (400)."""
        try:
            return encoding.loads(_body(stream))
        except TokenError as error:
            raise ParseError("The body is not a JSON object that we read") from error


class StrictFormParser(BaseParser):
    """`application/x-www-form-urlencoded` in UTF-8."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: object = None
    ) -> QueryDict:
        """Return the fields in `stream`; raise `ParseError` (400)."""
        try:
            text = _body(stream).decode("utf-8")
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
        except ValueError as error:
            raise ParseError("The body is not a form that we read") from error
        return _form(pairs)


class StrictMultiPartParser(BaseParser):
    """`multipart/form-data` in UTF-8, which test clients send by default: fields only, no files."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: object = None
    ) -> QueryDict:
        """Return the fields in `stream`; raise `ParseError` (400)."""
        body = _body(stream)
        meta = {"CONTENT_TYPE": media_type or "", "CONTENT_LENGTH": len(body)}
        try:
            body.decode("utf-8")  # Django would replace what is not
            sent, _ = MultiPartParser(meta, BytesIO(body), [], "utf-8").parse()
        except (MultiPartParserError, SuspiciousOperation, ValueError) as error:
            raise ParseError("The body is not a form that we read") from error
        return _form([(name, value) for name, values in sent.lists() for value in values])


def _form(pairs: Iterable[tuple[str, str]]) -> QueryDict:
    pairs = list(pairs)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ParseError("A form field comes twice")
    form = QueryDict(mutable=True, encoding="utf-8")
    form.update(fields)
    return form


def _body(stream: IO[bytes]) -> bytes:
    try:
        body = stream.read(MAX_BODY + 1)
    except (UnreadablePostError, SuspiciousOperation) as error:
        raise ParseError("The body can't be read") from error
    if len(body) > MAX_BODY:
        raise ParseError("The body is too long")
    return body
