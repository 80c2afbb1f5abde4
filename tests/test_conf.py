"""The settings as they are now: every change, of any kind, takes effect at the next call."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import MappingProxyType

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from django_jwtkit.conf import Settings, conf

MINUTE = timedelta(minutes=1)


def test_they_are_built_once(settings):
    """Each token asks several times."""
    settings.JWTKIT = {
        "KEY_RINGS": {"mine": {"ALGORITHM": "ES256"}},
        "DENY_KIDS": ["aaaaaaaa"],
        "AUDIENCE": ["x"],
    }
    assert conf() is conf()


@pytest.mark.parametrize("missing", [True, False], ids=["missing", "None"])
def test_a_project_without_the_setting_has_the_defaults(settings, missing):
    """Built once as well."""
    if missing:
        del settings.JWTKIT
    else:
        settings.JWTKIT = None
    assert conf() == Settings()
    assert conf() is conf()
    settings.JWTKIT = {"LEEWAY": MINUTE}
    assert conf().LEEWAY == MINUTE


@pytest.mark.parametrize("wrong", [(), [], "", 0, "text", ["LEEWAY"], False], ids=repr)
def test_another_type_is_a_fault(settings, wrong):
    """Said each time, and nothing of before holds."""
    conf()
    settings.JWTKIT = wrong
    for _ in range(2):
        with pytest.raises(ImproperlyConfigured, match="must be a dict"):
            conf()


CHANGES = {
    "another value": (lambda raw: raw.update(LEEWAY=MINUTE), lambda now: now.LEEWAY == MINUTE),
    "a name less": (lambda raw: raw.pop("AUDIENCE"), lambda now: now.AUDIENCE is None),
    "a kid in a list": (
        lambda raw: raw["DENY_KIDS"].append("bbbbbbbb"),
        lambda now: "bbbbbbbbb" in now.denied,
    ),
    "a kid in a set": (lambda raw: raw["ENCRYPT"].add("access"), lambda now: "access" in now.ENCRYPT),
    "an audience": (
        lambda raw: raw["AUDIENCE"].clear() or raw["AUDIENCE"].append("y"),
        lambda now: now.AUDIENCE == ["y"],
    ),
    "a ring": (lambda raw: raw["KEY_RINGS"].update(other={}), lambda now: "other" in now.rings),
    "a ring's value": (
        lambda raw: raw["KEY_RINGS"]["mine"].update(PUBLISH=True),
        lambda now: now.rings["mine"].publish,
    ),
    "a sealing key": (
        lambda raw: raw["SEALING_KEYS"][0].update(id="new"),
        lambda now: now.SEALING_KEYS[0]["id"] == "new",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_place_is_heard(settings, name):
    """However deep it is."""
    settings.JWTKIT = raw = {
        "AUDIENCE": ["x"],
        "DENY_KIDS": ["aaaaaaaa"],
        "ENCRYPT": set(),
        "KEY_RINGS": {"mine": {"PUBLISH": False}},
        "SEALING_KEYS": ({"id": "old", "key": "x" * 32},),
    }
    change, heard = CHANGES[name]
    before = conf()
    assert not heard(before)
    change(raw)
    assert heard(conf())
    assert conf() is not before
    assert not heard(before)  # what somebody has asked stays as it was


def test_a_fault_in_place_is_heard(settings):
    """It would be one after a start too."""
    settings.JWTKIT = {"DENY_KIDS": ["aaaaaaaa"]}
    conf()
    settings.JWTKIT["DENY_KIDS"].append(1)
    with pytest.raises(ImproperlyConfigured):
        conf()


def test_any_mapping_will_do(settings):
    """One that can't be changed, say."""
    settings.JWTKIT = MappingProxyType({"KEY_RINGS": MappingProxyType({"mine": MappingProxyType({})})})
    assert "mine" in conf().rings
    assert conf() is conf()


@pytest.mark.threat("CFG-005")
def test_an_override_ends_for_all_threads_where_it_ends(settings):
    """What a test or a request has set for a while holds nowhere afterwards, whatever was built meanwhile."""
    settings.JWTKIT = {"ISSUER": "ours"}
    with ThreadPoolExecutor(4) as pool:
        for _ in range(50):
            with override_settings(JWTKIT={"ISSUER": "another", "DENY_KIDS": ["xxxxxxxx"]}):
                assert {settings_seen.ISSUER for settings_seen in pool.map(lambda _: conf(), range(8))} == {
                    "another"
                }
            assert {
                (settings_seen.ISSUER, settings_seen.denied.entries)
                for settings_seen in pool.map(lambda _: conf(), range(8))
            } == {("ours", ())}


def test_threads_hear_it_too(settings, quick_switches):
    """Nobody is left with what another thread has built from the values of before."""
    settings.JWTKIT = raw = {"DENY_KIDS": []}
    done = threading.Event()

    def ask():
        while not done.is_set():
            conf()

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        try:
            for number in range(200):
                raw["DENY_KIDS"].append(f"kid-{number:06}")
                raw.pop("ISSUER", None) or raw.update(ISSUER="mine")
                assert len(conf().denied.entries) == number + 1
        finally:
            done.set()
        for future in asking:
            future.result(10)


def test_a_thousand_rings_are_compared_now_and_then(settings, monkeypatch):
    """Not for each token; and a change in place is noticed within a hundredth of a second."""
    now = [100.0]
    monkeypatch.setattr("django_jwtkit.conf.current.steady", lambda: now[0])
    compared = []

    class Ring(dict):
        def __eq__(self, other):
            compared.append(self)
            return super().__eq__(other)

        __hash__ = None

    rings = {f"ring{number}": Ring(ALGORITHM="ES256") for number in range(1000)}
    settings.JWTKIT = {"KEY_RINGS": rings}
    first = conf()
    compared.clear()
    assert all(conf() is first for _ in range(50))
    assert not compared
    settings.JWTKIT["KEY_RINGS"]["ring7"]["ALGORITHM"] = "ES384"
    now[0] += 0.011
    assert conf().rings["ring7"].algorithm == "ES384"
