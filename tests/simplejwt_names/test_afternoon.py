"""The page's steps, followed to the letter in a project that was made with simplejwt 5.5.1.

The tokens were issued before the switch, by simplejwt itself.
"""

from pathlib import Path

import pytest

from django_jwtkit.conf import SIMPLEJWT_SETTINGS
from tests.simplejwt_names.moving import BLACKLIST, PAGE, PASSWORD, Shop

pytestmark = pytest.mark.once

BEFORE = f"""
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import RefreshToken
from people.serializers import LoginSerializer
ada = get_user_model().objects.create_user("ada@example.com", {PASSWORD!r})
def pair():
    refresh = LoginSerializer.get_token(ada)
    return {{"refresh": str(refresh), "access": str(refresh.access_token)}}
result = {{name: pair() for name in ("live", "idle", "blacklisted")}}
RefreshToken(result["blacklisted"]["refresh"]).blacklist()
"""
DELETE_USERS = """
from django.contrib.auth import get_user_model
result = get_user_model().objects.all().delete()[0]
"""
LOGIN = ("POST", "/api/token/", {"email": "ada@example.com", "password": PASSWORD}, None)


def me(access: str):
    return ("GET", "/api/me/", None, access)


def refresh(text: str):
    return ("POST", "/api/token/refresh/", {"refresh": text}, None)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop before the switch, with its tables."""
    return Shop.make(tmp_path_factory.mktemp("original") / "shop")


@pytest.fixture
def shop(original: Shop, tmp_path: Path) -> Shop:
    """A copy of its own for a test."""
    return original.copy(tmp_path / "shop")


def to_the_first(shop: Shop) -> None:
    """Go by the page as far as the first deployment."""
    shop.install()
    shop.paste()
    shop.deploy_first()


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_the_afternoon(shop: Shop, algorithm: str):
    """Nobody is logged out at any step, and the blacklist holds."""
    shop.environment["SHOP_ALGORITHM"] = algorithm
    tokens = shop.shell(BEFORE)
    live = tokens["live"]
    answers = shop.ask(me(live["access"]), LOGIN)
    assert [status for status, _ in answers] == [200, 200]

    to_the_first(shop)
    mine, fresh, again, blacklisted = shop.ask(
        me(live["access"]), LOGIN, refresh(live["refresh"]), refresh(tokens["blacklisted"]["refresh"])
    )
    assert mine == (200, {"email": "ada@example.com", "claim": "ada@example.com"})
    assert fresh[0] == again[0] == 200
    assert blacklisted[0] == 401
    live = again[1]  # simplejwt still issues, and rotates

    shop.deploy_second()
    login, mine, exchanged, blacklisted = shop.ask(
        LOGIN, me(live["access"]), refresh(live["refresh"]), refresh(tokens["blacklisted"]["refresh"])
    )
    assert (login[0], login[1].keys()) == (200, {"refresh", "access", "email"})
    assert mine == (200, {"email": "ada@example.com", "claim": "ada@example.com"})
    assert (exchanged[0], exchanged[1].keys()) == (200, {"refresh", "access"})
    assert blacklisted == (401, {"detail": "Token is blacklisted", "code": "token_not_valid"})

    mine, renewed, idle = shop.ask(
        me(exchanged[1]["access"]), refresh(exchanged[1]["refresh"]), refresh(tokens["idle"]["refresh"])
    )
    assert mine == (200, {"email": "ada@example.com", "claim": "ada@example.com"})
    assert renewed[0] == idle[0] == 200
    shop.manage("test", "people")  # the project's own tests, as they were written
    shop.check()


def test_the_end_of_the_bridge(shop: Shop):
    """When no old token is left, the package goes; the sessions go on, and users can be deleted."""
    tokens = shop.shell(BEFORE)
    to_the_first(shop)
    shop.deploy_second()
    [(_, pair)] = shop.ask(refresh(tokens["live"]["refresh"]))
    shop.clean_up()
    assert "jwtkit." not in shop.check()
    renewed, login, old = shop.ask(refresh(pair["refresh"]), LOGIN, me(tokens["idle"]["access"]))
    assert (renewed[0], login[0], old[0]) == (200, 200, 401)
    code = (
        "from django.contrib.auth import get_user_model\nresult = get_user_model().objects.all().delete()[0]"
    )
    assert shop.shell(code) > 0


def test_the_way_back(shop: Shop):
    """From the second deployment to the first, access tokens of ours go on; from there, nothing is lost."""
    tokens = shop.shell(BEFORE)
    before = {path: path.read_text() for path in shop.folder.rglob("*.py")}
    to_the_first(shop)
    first = {path: path.read_text() for path in shop.folder.rglob("*.py")}
    shop.deploy_second()
    [(_, pair)] = shop.ask(LOGIN)

    _restore(first)
    mine, lost, old = shop.ask(
        me(pair["access"]), refresh(pair["refresh"]), refresh(tokens["live"]["refresh"])
    )
    assert (mine[0], lost[0], old[0]) == (200, 401, 200)

    _restore(before)
    mine, old = shop.ask(me(tokens["idle"]["access"]), refresh(tokens["idle"]["refresh"]))
    assert (mine[0], old[0]) == (200, 200)


def _restore(files: dict[Path, str]) -> None:
    for path, text in files.items():
        path.write_text(text)


def test_the_wrong_orders_do_what_the_page_says(shop: Shop):
    """The URLs first: tokens that no view accepts. The class without the bridge: all old tokens refused."""
    old = shop.shell(BEFORE)["live"]["access"]
    shop.install()
    no_bridge, urls_first = (shop.copy(shop.folder.parent / name) for name in ("no_bridge", "urls_first"))
    urls_first.deploy_second()
    [(status, pair)] = urls_first.ask(LOGIN)
    assert (status, urls_first.ask(me(pair["access"]))[0][0]) == (200, 401)
    no_bridge.deploy_first()
    assert no_bridge.ask(me(old))[0][0] == 401
    assert "jwtkit.W045" in no_bridge.check()


def test_an_app_that_keeps_its_refresh_token_goes_on(shop: Shop):
    """Without rotation there, without rotation here: the old token answers as often as it is asked."""
    shop.environment["SHOP_ROTATE"] = "0"
    old = shop.shell(BEFORE)["live"]["refresh"]
    to_the_first(shop)
    shop.deploy_second()
    answers = shop.ask(refresh(old), refresh(old), refresh(old))
    assert [(status, body.keys()) for status, body in answers] == [(200, {"access"})] * 3
    assert [status for status, _ in shop.ask(*(me(body["access"]) for _, body in answers))] == [200] * 3


def test_users_of_an_orphaned_blacklist_cannot_be_deleted(shop: Shop):
    """The reason for the order in which the page cleans up; the command says so."""
    shop.shell(BEFORE)
    shop.install()
    shop.settings.write_text(shop.settings.read_text().replace(f'    "{BLACKLIST}",\n', ""))
    assert "cannot be deleted" in " ".join(shop.manage("migrate_from_simplejwt").split())
    with pytest.raises(AssertionError, match="IntegrityError"):
        shop.shell(DELETE_USERS)


def test_the_page_has_every_setting_of_simplejwt():
    """With what replaces it, as `check` says it."""
    text = PAGE.read_text(encoding="utf-8")
    rows = {f"| `{name}` |" for name in SIMPLEJWT_SETTINGS}
    assert {row for row in rows if row not in text} == set()
    assert all(replacement.note in text for replacement in SIMPLEJWT_SETTINGS.values())
