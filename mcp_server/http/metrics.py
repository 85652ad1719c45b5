"""`/metrics`: how the service does, for Prometheus. Nothing in it names a user, a key, a library or a question."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mcp_server.backing import Backing
from mcp_server.http import health
from shared.model.account import UsageRecord

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


class Metrics:
    """Of one process; `record` and `rejected` hear what happens."""

    def __init__(self, backing: Backing) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Gauges(backing))
        self._calls = self._counter("calls", "Calls by tool and outcome.", "tool", "outcome")
        self._hits = self._counter("cache_hits", "Calls that were answered from the cache.", "tool")
        self._refusals = self._counter(
            "refusals",
            "Calls that were refused, by the limit that was reached, and libraries that were hidden.",
            "limit",
        )
        self._rejected = self._counter(
            "rejected_requests", "Requests that reached no route, by reason.", "reason"
        )
        self._seconds = Histogram(
            "lectern_call_seconds",
            "How long calls took that were not refused.",
            ["tool"],
            buckets=SECONDS,
            registry=self._registry,
        )

    def record(self, record: UsageRecord) -> None:
        self._calls.labels(record.tool_name, record.outcome).inc()
        if record.refused_by:
            self._refusals.labels(record.refused_by).inc()
        if record.outcome == "refused":
            return
        self._seconds.labels(record.tool_name).observe(record.response_time_ms / 1000)
        if record.cached:
            self._hits.labels(record.tool_name).inc()

    def rejected(self, reason: str) -> None:
        self._rejected.labels(reason).inc()

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"lectern_{name}", told, labels, registry=self._registry)


class _Gauges(Collector):
    """What is asked for when somebody looks."""

    def __init__(self, backing: Backing) -> None:
        self._backing = backing

    def collect(self) -> Iterator[GaugeMetricFamily]:
        loaded = GaugeMetricFamily("lectern_model_loaded", "Whether the embedding model is loaded.")
        loaded.add_metric([], self._backing.has_model)
        yield loaded
        pool = GaugeMetricFamily(
            "lectern_database_connections",
            "Connections to PostgreSQL, and calls that wait for one.",
            labels=["state"],
        )
        for state, number in self._backing.connections().items():
            pool.add_metric([state], number)
        yield pool


def routes(metrics: Metrics) -> list[Route]:
    return [Route("/metrics", _shown(metrics))]


def apart(metrics: Metrics) -> Starlette:
    """The application of a port of its own."""
    return Starlette(routes=[Route("/healthz", health.live), *routes(metrics)])


def _shown(metrics: Metrics) -> Callable[[Request], Awaitable[Response]]:
    async def show(_request: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return show
