"""The pages of the history of keys: links, filters and the download."""

import csv
import io
import re
import struct
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.utils import timezone, translation

from django_jwtkit import keys, moments
from django_jwtkit.keys import KeyEvent
from django_jwtkit.wording import iso

LIST = "/admin/jwtkit/keyevent/"
EXPORT = f"{LIST}export/"
pytestmark = pytest.mark.django_db
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1")  # the last is a wide "="


def download(client, query=""):
    """Return the header and the lines of the file."""
    answer = client.get(f"{EXPORT}?{query}")
    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="key-events.csv"'
    text = b"".join(answer.streaming_content).decode()
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_an_event_links_to_its_key(signing, root, browser):
    """On the list and on its own page, for a user who may view keys."""
    link = f'<a href="/admin/jwtkit/storedkey/{signing.pk}/change/"><code dir="ltr" title="{signing.kid}">'
    page = f"{LIST}{KeyEvent.objects.filter(kid=signing.kid).first().pk}/change/"
    auditor = browser("view_keyevent")
    for address in (LIST, page):
        assert link in root.get(address).content.decode()
        body = auditor.get(address).content.decode()
        assert signing.kid in body
        assert "storedkey" not in body


def test_an_event_about_a_ring_or_an_unknown_key_links_nowhere(past, root):
    """There is no page to go to."""
    event = KeyEvent.objects.first()
    for kid in ("", "of-another-database"):
        row = KeyEvent.objects.create(ring_id=event.ring_id, kid=kid, action="odd")
        page = root.get(f"{LIST}{row.pk}/change/").content.decode()
        assert not re.search(r"storedkey/\d", page)


def test_the_list_is_filtered_by_date_ring_and_action(past, root):
    """The filters are links, and what they select is what they say."""
    page = root.get(LIST).content.decode()
    (recent,) = set(re.findall(r'href="\?(at__gte=[^"]*)">\s*Past 7 days', page))
    chosen = root.get(f"{LIST}?{recent.replace('&amp;', '&')}").context["cl"].queryset
    week = KeyEvent.objects.filter(at__gt=moments.now() - timedelta(days=8))
    assert {event.pk for event in chosen} == set(week.values_list("pk", flat=True))
    assert week.count() < KeyEvent.objects.count()
    assert "?action=moved" in page
    assert "?ring__name__exact=refresh" in page


@pytest.mark.filterwarnings("ignore:DateTimeField KeyEvent.at received a naive datetime")  # as Django's own
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("lookup", ["at", "at__gte", "at__lt"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("rest", ["", " 00:00:00+23:59", " 23:59:59-23:59", " 23:59:59", " 12:00:00+00:00"])
def test_no_date_in_the_address_is_a_failure(past, root, settings, zone, lookup, day, rest):
    """At the limits of the calendar another zone may be in a year that there is not."""
    settings.TIME_ZONE = zone
    for page in (LIST, EXPORT):
        assert root.get(page, {lookup: f"{day}{rest}"}).status_code in {200, 302}


def test_the_download_is_the_filtered_list(past, root):
    """All its pages, in its order, in English and UTC."""
    query = "action=made&ring__name__exact=access&o=0"
    header, *lines = download(root, f"{query}&p=1")
    assert header == [
        *("at", "ring", "kid", "action", "who", "source"),
        *("from", "to", "reason", "detail"),
    ]
    events = root.get(f"{LIST}?{query}").context["cl"].queryset
    assert [line[:2] + line[3:4] for line in lines] == [[iso(event.at), "access", "made"] for event in events]
    assert [line[2].removeprefix("'") for line in lines] == [event.kid for event in events]
    page = root.get(f"{LIST}?action=made&ring__name__exact=access").content.decode()
    assert f'href="{EXPORT}?action=made&amp;ring__name__exact=access"' in page
    assert download(root, "action=nothing") == [header]


def test_an_asgi_server_streams_the_same_file(past, root):
    """Without the warning of Django that a plain iterator has to be read to its end first."""
    client = AsyncClient()
    client.cookies = root.cookies

    async def read():
        answer = await client.get(f"{EXPORT}?action=made")
        return [part async for part in answer.streaming_content]

    answer = root.get(f"{EXPORT}?action=made")
    assert async_to_sync(read)() == list(answer.streaming_content)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_spreadsheet_computes_nothing_of_the_download(text, signing, root):
    """A reason, an author and a source are what somebody typed."""
    row = {"kid": text, "who": text, "source": text, "detail": f"{text}; \x1b[2J"}
    KeyEvent.objects.create(ring_id="access", action="odd", facts={"reason": text}, **row)
    (line,) = download(root, "action=odd")[1:]
    assert [cell[0] for cell in (line[2], *line[4:6], *line[8:])] == ["'"] * 5
    assert "\x1b" not in line[-1]


def test_text_of_others_cannot_reverse_the_page(signing, root):
    """A right-to-left override in a reason or a name would let the operator read another sentence."""
    keys.revoke(signing.kid, reason="\u202eevil", by="eve\u202e")
    for page in (f"{LIST}?action=revoked", f"/admin/jwtkit/storedkey/{signing.pk}/change/", "/admin/jwtkit/"):
        body = root.get(page).content.decode()
        assert "\u202e" not in body
        assert "\\u202eevil" in body
        assert "eve\\u202e" in body


def test_the_breadcrumb_of_an_event_has_no_time_of_another_zone(signing, root, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    event = KeyEvent.objects.filter(kid=signing.kid).first()
    page = root.get(f"{LIST}{event.pk}/change/").content.decode()
    assert "UTC" not in page.partition('class="jwtkit-page"')[0].partition("breadcrumbs")[2]
    assert f'<code dir="ltr">access {signing.kid[:12]}…</code>' in page


def test_the_download_needs_the_permission_to_view(signing, root, browser, client):
    """It shows what the list shows, and to no one else."""
    assert browser().get(EXPORT).status_code == 403
    assert browser("view_storedkey").get(EXPORT).status_code == 403
    assert client.get(EXPORT).status_code == 302
    assert len(download(browser("view_keyevent"))) == KeyEvent.objects.count() + 1
    assert root.get(f"{EXPORT}?kid__startswith=a").status_code == 400
    assert root.get(f"{EXPORT}?id={'9' * 40}").status_code in {200, 302}
    assert keys.StoredKey.objects.first().sealed[:40] not in str(download(root))


def catalogue(texts):
    """Return a compiled catalogue of translations, as `msgfmt` writes it."""
    header = {"": "Content-Type: text/plain; charset=UTF-8\n"}
    pairs = sorted((name.encode(), text.encode()) for name, text in (header | texts).items())
    offset, tables, words = 28 + 16 * len(pairs), b"", b""
    for column in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[column]), offset + len(words))
            words += pair[column] + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0) + tables + words


def test_a_sentence_is_in_the_language_and_the_zone_of_its_reader(tmp_path, settings, signing, root):
    """Its action too; what the row has of it stays in English and UTC."""
    german = {
        "Key {key} is permanently revoked: {reason}.": "Schlüssel {key} ist widerrufen: {reason}.",
        "A new {algorithm} key {key} is made; it signs from {start}, until {end}.": "{key} bis {end}.",
        "revoked": "widerrufen",
    }
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(catalogue(german))
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGE_CODE = "de"
    keys.revoke(signing.kid, reason="<verloren>", by="olga")
    with timezone.override(ZoneInfo("Asia/Tokyo")), translation.override("de"):
        revocations, new_keys = (
            root.get(f"{LIST}?action={action}").content.decode() for action in ("revoked", "made")
        )
    assert "</code> ist widerrufen: &lt;verloren&gt;." in revocations
    assert ">widerrufen</span>" in revocations
    assert "is permanently revoked: <verloren>." in KeyEvent.objects.get(action="revoked").detail
    assert re.search(r'</code> bis <time datetime="[^"]*\+09:00"', new_keys)
