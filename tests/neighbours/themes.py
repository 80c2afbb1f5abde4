"""A project whose admin wears a theme; `python -m tests.neighbours.themes unfold` prints what it answers."""

import json
import sys
from typing import Final

import django
from django.conf import settings
from django.core.management import call_command

APPS: Final = {
    "unfold": ["unfold"],
    "jazzmin": ["jazzmin"],
    "grappelli": ["grappelli"],
    "daisy": ["django_daisy"],
}


def configure(theme: str) -> None:
    """Set Django up with the apps of the theme in front of the admin, as each one's manual says."""
    processors = [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]
    settings.configure(
        SECRET_KEY="the-secret-of-a-project-with-a-theme-0123456789",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.neighbours.themes_urls",
        STATIC_URL="static/",
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        INSTALLED_APPS=[
            *APPS[theme],
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.humanize",
            "django.contrib.messages",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
            "rest_framework",
            "django_jwtkit",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": processors},
            }
        ],
        JWTKIT={},
    )
    django.setup()
    call_command("migrate", verbosity=0)


def main(theme: str) -> None:
    configure(theme)
    from django.contrib.auth import get_user_model
    from django.test import Client

    from django_jwtkit import sessions
    from django_jwtkit.keys import StoredKey

    root = get_user_model().objects.create_superuser("root", password="correct horse")
    sessions.start(root)
    client, key = Client(), StoredKey.objects.filter(ring_id="access").first()
    client.force_login(root)
    pages = {
        "overview": "/admin/jwtkit/",
        "keys": "/admin/jwtkit/storedkey/",
        "key": f"/admin/jwtkit/storedkey/{key.pk}/change/",
        "rotate": "/admin/jwtkit/storedkey/rotate/access/",
        "revoke": f"/admin/jwtkit/storedkey/{key.pk}/revoke/",
        "make": "/admin/jwtkit/storedkey/make/access/",
        "import": "/admin/jwtkit/storedkey/import/",
        "sessions": "/admin/jwtkit/session/",
        "end": f"/admin/jwtkit/session/user/{root.pk}/end/",
        "events": "/admin/jwtkit/keyevent/",
        "issuers": "/admin/jwtkit/trustedkeyset/",
        "identities": "/admin/jwtkit/externalidentity/",
        "inspector": "/admin/jwtkit/inspect/",
    }
    answers = {name: client.get(path) for name, path in pages.items()}
    print(
        json.dumps(
            {
                "statuses": {name: answer.status_code for name, answer in answers.items()},
                "names the key": key.kid[:12] in answers["keys"].content.decode(),
                "names the user": "root" in answers["sessions"].content.decode(),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
