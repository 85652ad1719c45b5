"""nginx before replicas of the service: `deploy/nginx.conf`, with ports, names and a certificate of this machine."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.certificate import new_certificate

CONFIGURATION = Path(__file__).parents[1] / "deploy" / "nginx.conf"
PATIENCE = 20.0
_AROUND = """\
{user}
daemon off;
worker_processes 1;
pid {place}/nginx.pid;
error_log {place}/error.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    include {place}/lectern.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """Whoever trusts the certificate in `trusted` reaches the replicas at `url`."""

    url: str
    port: int
    trusted: Path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def proxy(place: Path) -> Proxy:
    """One that does not run yet: replicas have to know its address."""
    port = free_port()
    return Proxy(f"https://127.0.0.1:{port}", port, new_certificate(place).path)


@contextmanager
def nginx(place: Path, at: Proxy, replicas: Sequence[int]) -> Iterator[None]:
    """It runs as long as the block does. A test without nginx is skipped, and says why."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("there is no nginx here: apt-get install nginx-light")
    (place / "lectern.conf").write_text(_here(place, at, replicas))
    user = "user root;" if os.geteuid() == 0 else ""
    (place / "nginx.conf").write_text(_AROUND.format(user=user, place=place))
    process = subprocess.Popen(
        [program, "-p", str(place), "-e", str(place / "error.log"), "-c", str(place / "nginx.conf")],
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait(process, at.port)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _here(place: Path, at: Proxy, replicas: Sequence[int]) -> str:
    text = CONFIGURATION.read_text()
    first, second = replicas
    for known, ours in {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen [::]:80;": "",
        "listen 443 ssl;": f"listen 127.0.0.1:{at.port} ssl;",
        "listen [::]:443 ssl;": "",
        "server 127.0.0.1:8765": f"server 127.0.0.1:{first}",
        "server 127.0.0.1:8766": f"server 127.0.0.1:{second}",
        "/etc/ssl/private/docs.example.org.key": str(place / "key.pem"),
        "/etc/ssl/docs.example.org.pem": str(at.trusted),
        "/var/log/nginx/lectern.log": str(place / "access.log"),
        "server_name docs.example.org": "server_name 127.0.0.1",
    }.items():
        assert known in text, f"{CONFIGURATION} has no {known!r}"
        text = text.replace(known, ours)
    return text


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("nginx did not start")
