"""Cookies that a browser would drop, and origins that could do too much."""

import pytest

MIDDLEWARE = "django_jwtkit.middleware.JWTMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"


def cookies(**row):
    return {"COOKIES": row}


@pytest.mark.parametrize(
    "row", [{}, {"SAMESITE": "Strict"}, {"DOMAIN": "example.com", "ACCESS": "__Secure-a"}]
)
def test_good_cookies_have_no_fault(report, row):
    """The defaults, and a domain with names that allow one."""
    assert report(cookies(**row)) == {}


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"ACCES": "a"}, "ACCESS"),
        ({"ACCESS": "a b"}, "COOKIES.ACCESS"),
        ({"REFRESH": 5}, "COOKIES.REFRESH"),
        ({"SAMESITE": "lax"}, "COOKIES.SAMESITE"),
        ({"SECURE": "yes"}, "COOKIES.SECURE"),
        ({"DOMAIN": "a;b"}, "COOKIES.DOMAIN"),
    ],
)
def test_a_value_that_is_no_attribute_is_named(report, row, word):
    """With its dotted name, or with the nearest one."""
    messages = report(cookies(**row))
    assert word in messages.get("E002", "") + messages.get("E001", "")


def test_cookies_must_be_a_dict(report):
    """Anything else is an error, not the default."""
    assert "COOKIES must be a dict" in report({"COOKIES": ["access"]})["E002"]


@pytest.mark.threat("COOK-004")
@pytest.mark.parametrize(
    "row", [{"DOMAIN": "example.com"}, {"REFRESH": "__Host-refresh"}, {"ACCESS": "__Host-a", "DOMAIN": "a.b"}]
)
def test_a_host_cookie_has_neither_domain_nor_path(report, row):
    """A browser would drop it."""
    assert "__Secure-" in report(cookies(**row))["E050"]


@pytest.mark.parametrize(("row", "debug"), [({"SECURE": False}, False), ({}, True)])
def test_samesite_none_needs_secure(report, row, debug):
    """Also in development."""
    assert "E051" in report(cookies(SAMESITE="None", **row), DEBUG=debug)
    assert "E051" not in report(cookies(SAMESITE="None", SECURE=True), DEBUG=debug)


@pytest.mark.threat("COOK-006")
def test_long_signatures_fit_no_cookie(report):
    """ML-DSA signs with thousands of bytes."""
    assert "ML-DSA-44" in report({"ALGORITHM": "ML-DSA-44", **cookies()})["E052"]
    assert "E052" not in report({"ALGORITHM": "ML-DSA-44"})
    assert "E052" not in report({"ALGORITHM": "RS256", **cookies()})


def test_two_cookies_have_two_names(report):
    """Also once their prefixes are left off."""
    assert "E053" in report(cookies(ACCESS="a", REFRESH="a"))
    assert "E053" in report(cookies(ACCESS="__Host-t", REFRESH="__Secure-t"), DEBUG=True)


@pytest.mark.threat("COOK-013")
@pytest.mark.parametrize("name", ["CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"])
def test_not_every_origin_may_send_cookies(report, name):
    """With credentials, the wildcard hands each site what the user may read."""
    assert name in report(cookies(), CORS_ALLOW_CREDENTIALS=True, **{name: True})["E054"]
    assert "E054" not in report(cookies(), CORS_ALLOW_CREDENTIALS=False, **{name: True})
    assert "E054" not in report({}, CORS_ALLOW_CREDENTIALS=True, **{name: True})


@pytest.mark.threat("COOK-013")
@pytest.mark.parametrize(("trusted", "is_missing"), [([], True), (["https://*.example.com"], False)])
def test_a_named_front_end_must_be_trusted_to_write(report, trusted, is_missing):
    """Otherwise each of its writing requests is a 403."""
    origins = ["https://app.example.com"]
    messages = report(
        cookies(), CORS_ALLOW_CREDENTIALS=True, CORS_ALLOWED_ORIGINS=origins, CSRF_TRUSTED_ORIGINS=trusted
    )
    assert ("W060" in messages) == is_missing


@pytest.mark.urls("tests.browser.project")
def test_included_urls_are_checked_too(report):
    """Without `COOKIES`, by their defaults."""
    assert "E052" in report({"ALGORITHM": "ML-DSA-44"})


@pytest.mark.parametrize(
    ("order", "number"),
    [
        ([SESSIONS, MIDDLEWARE, AUTHENTICATION], "E055"),
        ([SESSIONS, AUTHENTICATION, LOGIN_REQUIRED, MIDDLEWARE], "W061"),
        ([SESSIONS, AUTHENTICATION, MIDDLEWARE, LOGIN_REQUIRED], None),
    ],
)
def test_the_order_of_middleware(report, order, number):
    """Ours stands behind Django's, and in front of the one that asks for a login."""
    messages = report(MIDDLEWARE=order)
    assert {each for each in messages if each in {"E055", "W061", "E056"}} == ({number} if number else set())


@pytest.mark.threat("COOK-001")
def test_cookies_in_the_middleware_need_django_s_csrf_check(report):
    """Nothing else would ask for the token there."""
    order = [SESSIONS, AUTHENTICATION, MIDDLEWARE]
    assert "E056" in report(cookies(), MIDDLEWARE=order)
    assert "E056" not in report(cookies(), MIDDLEWARE=[CSRF, *order])
    assert "E056" not in report({}, MIDDLEWARE=order)
