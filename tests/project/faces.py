"""Each page of the admin with what opens it, under any theme: links are found by where they lead."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from demo.people import ADMIN, ALICE, PASSWORDS
from demo.stage import HOST, environment_of, free_port, server
from demo.story import Player

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Opener = Callable[[Page], None]

ROOT: Final = "/admin/jwtkit/"
LONG_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) " + "Browser/130.0 " * 9
SEED: Final = f"""
from django.contrib.auth import get_user_model
from django_jwtkit import issuers, sessions
from tests.project.faces_settings import FIXED
alice = get_user_model().objects.get(username="alice")
issuers.link(alice, issuer=FIXED, subject="b7afc098-30ce-43c7-abfa-043ab484a779")
sessions.Session.objects.update(user_agent={LONG_AGENT!r}, address="2001:db8:85a3:8d3:1319:8a2e:370:7348")
"""
# Ticks the first row of a list, and asks for an action, however the theme draws the boxes and the button.
ASK: Final = """(name) => {
    const box = document.querySelector('[name=_selected_action]');
    box.checked = true;
    box.form.querySelector('select[name=action]').value = name;
    box.form.requestSubmit(box.form.querySelector('[name=index]'));
}"""

# Colours of Django's links move to their new value. An animation without an end is not waited for.
AT_REST: Final = """Promise.allSettled(document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
    .map((each) => each.finished)).then(() => null)"""


def at(address: str) -> "Opener":
    """Return what opens the page at `address` below ours."""
    return lambda page: page.goto(ROOT + address) and None


def row_of(page: "Page", address: str) -> str:
    """Return the address of the first row of a list."""
    page.goto(ROOT + address)
    model = address.partition("/")[0]
    link = page.locator(f"a[href*='/{model}/'][href*='/change/']").first.get_attribute("href")
    return str(link).partition("?")[0]


def first_row(address: str, ending: str = "change") -> "Opener":
    """Return what opens a page of the first row of a list."""
    return lambda page: page.goto(row_of(page, address).replace("/change/", f"/{ending}/")) and None


def revoked(page: "Page") -> None:
    """Open the page that says what to do after a revocation."""
    key = row_of(page, "storedkey/?state=revoked").split("/")[4]
    page.goto(f"{ROOT}storedkey/revoked/?keys={key}")


def sealing_key(page: "Page") -> None:
    """Open the page of the newest sealing key, which has leaked."""
    page.goto(ROOT)
    page.goto(str(page.get_by_role("link", name="The sealing key").get_attribute("href")))


def action(address: str, name: str) -> "Opener":
    """Return what asks for an action on the first row of a list."""

    def ask(page: "Page") -> None:
        page.goto(ROOT + address)
        page.evaluate(ASK, name)
        page.locator("[name=confirmed]").first.wait_for(state="attached")
        page.wait_for_load_state()

    return ask


def run_all(page: "Page") -> None:
    """Run what is due in all rings, where that is something: the page says what became of them."""
    page.goto(f"{ROOT}storedkey/due/")
    page.evaluate("document.querySelector('.jwtkit-page form').requestSubmit()")
    page.get_by_text("Show what is still due").wait_for()
    page.wait_for_load_state()  # or the title is looked at before a theme has its styles


def inspect(page: "Page") -> None:
    """Have the inspector judge the token of the walk's user."""
    page.goto(ROOT + "inspect/")
    page.get_by_label("Token").fill(TOKENS["walk"])
    page.locator(".jwtkit-page [type=submit]").click()
    page.locator(".jwtkit-verdict").wait_for()
    page.wait_for_load_state()


TOKENS: Final[dict[str, str]] = {}
# What a page is, the name of its address, and what opens it.
PAGES: "Final[dict[str, tuple[str, Opener]]]" = {
    "overview": ("app_list", at("")),
    "keys": ("storedkey_changelist", at("storedkey/")),
    "all keys": ("storedkey_changelist", at("storedkey/?state=ended&drawn=all")),
    "key": ("storedkey_change", first_row("storedkey/")),
    "key's events": ("storedkey_history", first_row("storedkey/", "history")),
    "rotate": ("storedkey_rotate", at("storedkey/rotate/access/")),
    "due in all rings": ("storedkey_due_all", at("storedkey/due/")),
    "run in all rings": ("storedkey_due_all", run_all),
    "due": ("storedkey_due", at("storedkey/due/access/")),
    "revoke": ("storedkey_revoke", first_row("storedkey/", "revoke")),
    "revoke a ring": ("storedkey_revoke_ring", at("storedkey/revoke/ring/refresh/")),
    "a sealing key's steps": ("storedkey_revoke_sealing", sealing_key),
    "revoked": ("storedkey_revoked", revoked),
    "make": ("storedkey_make", at("storedkey/make/access/?algorithm=Ed25519")),
    "import": ("storedkey_import", at("storedkey/import/")),
    "events": ("keyevent_changelist", at("keyevent/")),
    "event": ("keyevent_change", first_row("keyevent/")),
    "sessions": ("session_changelist", at("session/")),
    "session": ("session_change", first_row("session/")),
    "end a session": ("session_end", first_row("session/", "end")),
    "end all of a user": ("session_end_user", lambda page: page.goto(f"{ROOT}session/user/2/end/") and None),
    "end sessions": ("session_changelist", action("session/", "end_selected")),
    "end all of users": ("session_changelist", action("session/", "end_all_of_these_users")),
    "issuers": ("trustedkeyset_changelist", at("trustedkeyset/")),
    "issuer": ("trustedkeyset_change", first_row("trustedkeyset/")),
    "identities": ("externalidentity_changelist", at("externalidentity/")),
    "a user": ("auth_user_change", lambda page: page.goto("/admin/auth/user/2/change/") and None),
    "identity": ("externalidentity_change", first_row("externalidentity/")),
    "unlink": ("externalidentity_changelist", action("externalidentity/", "unlink_selected")),
    "inspector": ("inspect_changelist", at("inspect/")),
    "inspected": ("inspect_changelist", inspect),
}


def log_in(page: "Page") -> None:
    """Log the superuser in."""
    page.goto("/admin/login/?next=/admin/")
    page.locator("[name=username]").fill(ADMIN)
    page.locator("[name=password]").fill(PASSWORDS[ADMIN])
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/admin/")


def seed(directory: Path) -> None:
    """Make the database of a demo in `directory`."""
    Player(HOST, environment=environment_of(directory, HOST)).manage("seed_demo")


@contextmanager
def stage_of_faces(directory: Path, **environment: str) -> Iterator[Player]:
    """Serve the seeded demo in `directory`; it trusts issuers, and alice has a session and an identity."""
    host = f"{HOST}:{free_port(0)}"
    settings = {"DJANGO_SETTINGS_MODULE": "tests.project.faces_settings", **environment}
    player = Player(host, environment=environment_of(directory, host) | settings)
    with server(player, directory / "server.log"):
        login = {"username": ALICE, "password": PASSWORDS[ALICE]}
        TOKENS["walk"] = str(player.call("POST", "/api/token/", body=login).json["access"])
        player.manage("shell", "--no-imports", "-c", SEED)
        yield player
