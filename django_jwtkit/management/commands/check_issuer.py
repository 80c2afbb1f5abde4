"""`check_issuer`: ask a trusted issuer for its keys, judge each, and explain what becomes of a token."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import issuers
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.failures import usage
from django_jwtkit.management.input.key_files import read_file
from django_jwtkit.wording import did_you_mean


class Command(base.Command):
    """Exit 1 where the keys cannot be had, or a token is refused."""

    help = "Asks an issuer of TRUSTED_ISSUERS for its metadata and key set, and judges each key and a token."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "issuer", metavar="ISS", nargs="?", help="Only this issuer; by default all of them."
        )
        parser.add_argument("--token", metavar="FILE", help="A file with a token to explain; - for stdin.")
        parser.add_argument("--accept", action="store_true", help="Accept keys that moved to another host.")

    @sensitive_variables()
    def report(self, *, issuer: str | None, token: str | None, accept: bool, **_: Any) -> Report:
        text = (
            None if token is None else read_file(token, "one token in it").decode("utf-8", "replace").strip()
        )
        results = [_examine(each, text, may_move=accept) for each in self._named(issuer)]
        failed = [result["issuer"] for result in results if not result["ok"]]
        return Report(
            lines=[line for result in results for line in _lines(result)],
            data={"ok": not failed, "issuers": results},
            failure=f"Something is wrong with {', '.join(map(str, failed))}." if failed else "",
        )

    def _named(self, name: str | None) -> list[issuers.Issuer]:
        """Return the issuer of that name, or all; raise `CommandError` for one that is not trusted."""
        trusted = issuers.issuers()
        if name is None:
            return list({issuer.name: issuer for issuer in trusted.values()}.values())
        if name not in trusted:
            raise usage(
                f"{name!r} is not in TRUSTED_ISSUERS. {did_you_mean(name, trusted)}".strip(), "check_issuer"
            )
        return [trusted[name]]


@sensitive_variables()
def _examine(issuer: issuers.Issuer, text: str | None, *, may_move: bool) -> dict[str, Any]:
    published = issuers.examine_keys(issuer, may_move=may_move)
    steps = list(published.steps)
    if text is not None and published.keys is not None:
        steps += issuers.examine_token(issuer, published.keys, text)
    keys = () if published.keys is None else tuple(published.keys)
    skipped = () if published.keys is None else published.keys.skipped
    return {
        "issuer": issuer.name,
        "ok": all(step.is_good for step in steps),
        "jwks_url": published.url or None,
        "keys": [{"kid": key.kid, "alg": key.alg, "usable": True, "reason": None} for key in keys]
        + [{"kid": kid, "alg": None, "usable": False, "reason": reason} for kid, reason in skipped],
        "steps": [
            {"check": step.name, "ok": step.is_good, "message": step.message, "advice": step.advice or None}
            for step in steps
        ],
    }


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield f"{result['issuer']}:"
    for key in result["keys"]:
        yield f"  Key {key['kid']} ({key['alg']})" if key["usable"] else f"  Skipped: {key['reason']}"
    for step in result["steps"]:
        yield f"  {'Good' if step['ok'] else 'WRONG'}: {step['check']}: {step['message']}"
        if step["advice"]:
            yield f"    {step['advice']}"
