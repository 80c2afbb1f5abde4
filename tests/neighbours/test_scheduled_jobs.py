"""The page on scheduled jobs: its schedules are read by the programs that they are for."""

import configparser
import re
import shutil
import subprocess
import sys

import pytest
from django.core.management import get_commands

from .stories import blocks, follow

pytestmark = pytest.mark.once
PAGE = "scheduled-jobs"
JOBS = {"rotate_keys", "prune_sessions", "refresh_issuers"}
DAILY, OFTEN = ("17", "3"), ("*/10", "*")


@pytest.fixture
def celery():
    return pytest.importorskip("celery", reason="tox -e neighbours-api")


def test_the_jobs_are_commands_of_ours():
    """No line of the page runs anything else."""
    assert {name for name, app in get_commands().items() if app == "django_jwtkit"} >= JOBS


def test_cron_reads_its_lines(celery):
    """Five fields that Celery's parser of crontabs takes, a user, and one command each."""
    lines = [line for line in blocks(PAGE, "crontab")[0].splitlines() if line[:1] in "0123456789*" and line]
    rows = [re.fullmatch(r"(\S+) (\S+) (\S+) (\S+) (\S+) shop cd /srv/shop && (.+)", line) for line in lines]
    for row in rows:
        minute, hour, day, month, weekday, command = row.groups()
        schedule = celery.schedules.crontab(
            minute=minute, hour=hour, day_of_month=day, month_of_year=month, day_of_week=weekday
        )
        assert schedule.minute
        assert "%" not in command  # cron makes a new line of it
    assert {re.search(r"manage\.py (\w+)", row[6])[1] for row in rows} == JOBS


def test_systemd_accepts_the_units(tmp_path):
    """`systemd-analyze verify` is silent about both."""
    service, timer = blocks(PAGE, "ini")
    service = service.replace("/srv/shop/.venv/bin/python", sys.executable)
    (tmp_path / "shop-job@.service").write_text(service, encoding="utf-8")
    (tmp_path / "shop-rotate_keys.timer").write_text(timer, encoding="utf-8")
    reader = configparser.ConfigParser(interpolation=None)
    reader.optionxform = str
    reader.read_string(timer)
    assert reader["Timer"]["Unit"] == "shop-job@rotate_keys.service"
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "shop-rotate_keys.timer")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    ours = [line for line in done.stderr.splitlines() if "shop-" in line]
    assert (done.returncode, ours) == (0, [])


def test_kubernetes_gets_a_cron_job():
    """The YAML has the members of `batch/v1`, and runs one command of ours."""
    yaml = pytest.importorskip("yaml", reason="tox -e neighbours-api")
    job = yaml.safe_load(blocks(PAGE, "yaml")[0])
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert tuple(job["spec"]["schedule"].split()[:2]) == DAILY
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] in {"Never", "OnFailure"}
    assert pod["containers"][0]["command"][:2] == ["python", "manage.py"]
    assert pod["containers"][0]["command"][2] in JOBS


@pytest.mark.django_db(transaction=True)
def test_celery_beat_loads_the_schedule_and_runs_each_task(celery):
    """Its own scheduler makes an entry of each row, and the tasks do their work."""
    from celery.beat import Scheduler

    app = follow(PAGE, 1, {})["app"]
    entries = {entry.args[0]: entry for entry in Scheduler(app).schedule.values() if entry.args}
    assert set(entries) == JOBS
    assert entries["rotate_keys"].schedule.hour == {3}
    for entry in entries.values():
        assert app.tasks[entry.task].apply(entry.args).successful()
