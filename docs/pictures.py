"""Take the pictures of the README anew, in the Chromium that is installed: `python3 run.py pictures`.

They show the page of keys in the demo's admin, in light and in dark. It has the keys of one ring that are not
ended, and the timeline of two rings; all else is left out.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")

from demo.people import ADMIN, PASSWORDS  # noqa: E402 - found by the path above
from demo.stage import stage  # noqa: E402

PICTURES: Final = {"light": "keys.png", "dark": "keys-dark.png"}
WIDTH: Final = 1080  # narrow, so that the text is readable in a README
VIEWPORT: Final = {"width": WIDTH, "height": 600}
GAP: Final = 6  # pixels
NO_SIDEBAR: Final = "localStorage.setItem('django.admin.navSidebarIsOpen', 'false')"
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
    page.screenshot(path=ROOT / "docs" / "images" / PICTURES[scheme], full_page=True, clip=clip)


def main() -> int:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("pictures: no Chromium is installed.\n          Try: apt install chromium", file=sys.stderr)
        return 1
    with stage(0) as player, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in PICTURES:
            take(browser, player.url, scheme)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
