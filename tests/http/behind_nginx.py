"""Two replicas behind nginx on the stores of a test."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.settings import IngestSettings
from tests.flows.asking import server_environment
from tests.nginx import Proxy, nginx, proxy
from tests.replica import Replica


@dataclass(frozen=True)
class Team:
    proxy: Proxy
    replicas: tuple[Replica, Replica]


@contextmanager
def behind_nginx(settings: IngestSettings, place: Path, **more: str) -> Iterator[Team]:
    """They live as long as the block; `more` are settings of theirs."""
    at = proxy(place)
    env = server_environment(settings, trusted_proxies="127.0.0.1", **more)
    first, second = (Replica(env, at.url, place / f"replica-{number}.log") for number in (1, 2))
    with ExitStack() as stack:
        for one in (first, second):
            one.start()
            stack.callback(one.kill)
        for one in (first, second):
            one.wait()
        stack.enter_context(nginx(place, at, (first.port, second.port)))
        yield Team(at, (first, second))
