"""What `deploy/` holds is taken by systemd and cron, runs a command that there is, and runs it every hour."""

import itertools
import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from admin.cli import app
from mcp_server.http.arguments import parse
from mcp_server.http.door import DRAIN_BEYOND
from shared.settings import HttpSettings
from tests.certificate import new_certificate
from tests.nginx import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
PROGRAM = "/opt/lectern/bin/lectern-admin"
ANALYZE = shutil.which("systemd-analyze")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")

with_systemd = pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze")


def unit(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read(DEPLOY / name)
    return parser


def cron() -> tuple[list[str], str, str]:
    """Its five times, its user and its command."""
    lines = (DEPLOY / "lectern-billing.cron").read_text().splitlines()
    [line] = [line for line in lines if line and not re.match(r"#|[A-Z]+=", line)]
    *times, user, command = line.split(maxsplit=6)
    return times, user, command


def exists(words: list[str]) -> bool:
    found: Any = typer.main.get_command(app)
    for word in words:
        found = getattr(found, "commands", {}).get(word)
    return found is not None and not hasattr(found, "commands")


def test_both_run_the_same_command_which_there_is_as_the_same_user() -> None:
    service = unit("lectern-billing.service")["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert program == PROGRAM
    assert exists(words)
    _, user, command = cron()
    assert service["ExecStart"] in command
    assert user == service["User"] == "lectern"
    assert service["EnvironmentFile"] in command
    subprocess.run(["sh", "-n", "-c", command], check=True)
    assert "%" not in command  # cron would make a line end of it


def test_cron_runs_it_every_hour() -> None:
    (minute, *others), _, _ = cron()
    assert 0 <= int(minute) < 60
    assert others == ["*"] * 4


def test_the_timer_runs_it_every_hour_and_after_the_machine_was_off() -> None:
    timer = unit("lectern-billing.timer")
    assert re.fullmatch(r"\*-\*-\* \*:\d\d:00", timer["Timer"]["OnCalendar"])
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_a_replica_listens_where_nginx_looks_for_it_and_has_the_time_to_end_in_order() -> None:
    service = unit("lectern-mcp@.service")["Service"]
    program, *words = shlex.split(
        service["ExecStart"].replace("%i", "8765").replace("${PUBLIC_URL}", "https://a.example")
    )
    assert program == "/opt/lectern/bin/lectern-mcp"
    given = parse(words)
    assert f"server {given.host}:{given.port} " in (DEPLOY / "nginx.conf").read_text()
    patience = float(HttpSettings.model_fields["tool_timeout"].default) + DRAIN_BEYOND
    assert int(service["TimeoutStopSec"]) > patience


@pytest.mark.skipif(NGINX is None, reason="needs nginx")
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    made = new_certificate(tmp_path)
    text = (DEPLOY / "nginx.conf").read_text()
    for named, there in (
        ("/etc/ssl/docs.example.org.pem", made.path),
        ("/etc/ssl/private/docs.example.org.key", made.key_path),
        ("/var/log/nginx/lectern.log", tmp_path / "lectern.log"),
    ):
        assert named in text
        text = text.replace(named, str(there))
    for port in (80, 443):  # which are root's; it listens where it is told to, to see whether it could
        text, count = re.subn(rf"(listen (\[::\]:)?){port}\b", rf"\g<1>{free_port()}", text)
        assert count == 2
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    ours = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)  # nginx's own are root's
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {ours} {text} }}"
    path = tmp_path / "nginx.conf"
    path.write_text(whole)
    done = subprocess.run(
        [str(NGINX), "-t", "-q", "-p", str(tmp_path), "-c", str(path)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_no_log_of_nginx_has_what_people_ask_or_bear() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    [written] = re.findall(r"log_format lectern '([^']*)'", text)
    assert not {"$request", "$request_uri", "$args", "$query_string", "$http_authorization"} & set(
        written.split()
    )
    assert re.findall(r"access_log (.*);", text) == ["off", "/var/log/nginx/lectern.log lectern"]


@with_systemd
def test_systemd_knows_every_line_of_the_units(tmp_path: Path) -> None:
    """With a program that is there in place of the installed one."""
    for path in (*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")):
        text = re.sub(r"/opt/lectern/bin/lectern-\w+", "/bin/true", path.read_text())
        (tmp_path / path.name.replace("@.", "@8765.")).write_text(text)
    found = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
    )
    assert [line for line in found.stderr.splitlines() if "lectern" in line] == []
    assert found.returncode == 0, found.stderr


@with_systemd
def test_systemd_reads_the_timer_as_once_an_hour() -> None:
    expression = unit("lectern-billing.timer")["Timer"]["OnCalendar"]
    told = subprocess.run(
        [str(ANALYZE), "calendar", "--iterations=49", expression],
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "UTC", "LC_ALL": "C"},
    ).stdout
    times = [
        datetime.fromisoformat(found)
        for found in re.findall(r"\w{3} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", told)
    ]
    assert len(times) == 49
    assert {after - before for before, after in itertools.pairwise(times)} == {timedelta(hours=1)}
