"""Take the pictures of the documents anew, in the Chromium that is installed: `python3 run.py pictures`.

They show pages of the demo's admin, in light and in dark. The README's has the keys of one ring that are not
ended, and the timeline of two rings; all else is left out.
"""

import json
import os
import shutil
import sys
from io import BytesIO
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")

from demo.people import ADMIN, ALICE, PASSWORDS  # noqa: E402 - found by the path above
from demo.stage import stage  # noqa: E402
from demo.story import Player  # noqa: E402

PICTURES: Final = {"light": "keys.png", "dark": "keys-dark.png"}
ENDINGS: Final = {"light": "", "dark": "-dark"}
WIDTH: Final = 1080  # narrow, so that the text is readable in a README
VIEWPORT: Final = {"width": WIDTH, "height": 600}
DESK: Final = {"width": 1280, "height": 720}
INDEX: Final = {"x": 0, "y": 0, "width": 1280, "height": 470}
GAP: Final = 6  # pixels
NO_SIDEBAR: Final = "localStorage.setItem('django.admin.navSidebarIsOpen', 'false')"
WHOLE_PAGES: Final = {
    "overview": "/admin/jwtkit/",
    "sessions": "/admin/jwtkit/session/",
    "inspector": "/admin/jwtkit/inspect/",
    "user": "/admin/auth/user/2/change/",
}
OVERDUE: Final = """
from datetime import timedelta
from django.db.models import F
from django_jwtkit.keys import Ring
Ring.objects.update(last_run=F("last_run") - timedelta(days=4))
"""
AGENTS: Final = (
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
)
FRAME: Final = "#header, .breadcrumbs, #nav-sidebar, .toggle-nav-sidebar, .messagelist, #footer"
LEFT_OUT: Final = (
    "#header, .breadcrumbs, #nav-sidebar, .toggle-nav-sidebar, .jwtkit-rings, #toolbar, #changelist-filter, "
    ".jwtkit-group:nth-of-type(n + 3), .paginator, .actions, .object-tools, .jwtkit-links, details, "
    ".messagelist, #footer"
)


def take(browser: Browser, url: str, scheme: str) -> None:
    """Write one picture."""
    page = browser.new_page(color_scheme=scheme, viewport=VIEWPORT, device_scale_factor=1.5, bypass_csp=True)
    page.add_init_script(NO_SIDEBAR)
    page.goto(f"{url}/admin/login/?next=/admin/jwtkit/storedkey/?ring=access")
    page.fill("#id_username", ADMIN)
    page.fill("#id_password", PASSWORDS[ADMIN])
    page.click("[type=submit]")
    page.locator(".jwtkit-keys").first.wait_for()
    page.add_style_tag(content=f"{LEFT_OUT} {{ display: none !important }}")
    third_ring = page.locator(".jwtkit-ring:visible").nth(2).bounding_box()
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": third_ring["y"] - GAP}
    write(page.screenshot(full_page=True, clip=clip), PICTURES[scheme])


def write(picture: bytes, name: str) -> None:
    """Write a picture with 256 colours, which makes it a third as large."""
    few = Image.open(BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(ROOT / "docs" / "images" / name, optimize=True)


def open_admin(browser: Browser, player: Player, scheme: str) -> Page:
    """Return a page of a desk's size, with the superuser logged in."""
    page = browser.new_page(color_scheme=scheme, viewport=DESK, bypass_csp=True)
    page.add_init_script(NO_SIDEBAR)
    page.goto(f"{player.url}/admin/login/")
    page.fill("#id_username", ADMIN)
    page.fill("#id_password", PASSWORDS[ADMIN])
    page.click("[type=submit]")
    return page


def take_pages(browser: Browser, player: Player, scheme: str) -> None:
    """Write a picture of the upper part of each of the other pages."""
    page = open_admin(browser, player, scheme)
    for name, address in WHOLE_PAGES.items():
        page.goto(f"{player.url}{address}")
        if name == "inspector":
            page.fill("textarea", player.tokens["picture"])
            page.click("#content [type=submit]")
            page.locator(".jwtkit-verdict").wait_for()
        page.add_style_tag(content=f"{FRAME} {{ display: none !important }}")
        place = page.locator(".jwtkit-inline") if name == "user" else page
        write(place.screenshot(), f"admin-{name}{ENDINGS[scheme]}.png")
    page.close()


def take_banner(browser: Browser, player: Player, scheme: str) -> None:
    """Write a picture of the admin's first page while the job is overdue."""
    page = open_admin(browser, player, scheme)
    page.goto(f"{player.url}/admin/jwtkit/")  # reads the health anew
    page.goto(f"{player.url}/admin/")
    page.locator(".jwtkit-health").wait_for()
    write(page.screenshot(clip=INDEX), f"admin-banner{ENDINGS[scheme]}.png")
    page.close()


def log_in(player: Player) -> None:
    """Log alice in, from a desk and a phone, so that there are sessions and a token to show."""
    login = {"username": ALICE, "password": PASSWORDS[ALICE]}
    for agent in AGENTS:
        body = json.dumps(login).encode()
        headers = {"Content-Type": "application/json", "User-Agent": agent}
        with urlopen(Request(f"{player.url}/api/token/", body, headers)) as answer:  # noqa: S310 - our own
            player.tokens["picture"] = json.load(answer)["access"]


def main() -> int:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("pictures: no Chromium is installed.\n          Try: apt install chromium", file=sys.stderr)
        return 1
    with stage(0) as player, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        log_in(player)
        for scheme in PICTURES:
            take(browser, player.url, scheme)
            take_pages(browser, player, scheme)
        player.manage("shell", "--no-imports", "-c", OVERDUE)
        for scheme in PICTURES:
            take_banner(browser, player, scheme)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
