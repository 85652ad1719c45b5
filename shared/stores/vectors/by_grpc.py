"""Searches by gRPC: all rankings of a question in one message. Its import takes a second: import it late.

The messages are read as they come: qdrant-client's models, by REST, cost a client five times the processor's time.
"""

import asyncio
import logging
import ssl
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import grpc
import httpx
from qdrant_client import grpc as messages

from shared.model.document import SparseVector
from shared.stores.vectors.collection import DENSE, SPARSE
from shared.stores.vectors.port import OVERSAMPLING

PROBE_SECONDS = 1
CALL_SECONDS = 5
"""Half of what a search may take: REST has the rest of it."""
_DIRECT = (("grpc.enable_http_proxy", 0),)
"""Whatever proxy the shell names."""

log = logging.getLogger(__name__)


class ByGrpc:
    """The gRPC port beside `url`: asked once, in the background, whether it answers, and not used until it has.

    To be made in the event loop that uses it. A key goes the way of the URL: encrypted where that is https.
    """

    def __init__(self, url: str, port: int, api_key: str | None) -> None:
        self.port = port
        parts = urlsplit(url)
        self._host, self._encrypted = parts.hostname or "", parts.scheme == "https"
        self._channel = _channel(self._host, port, self._encrypted)
        self._key = (("api-key", api_key),) if api_key else ()
        self._points = messages.PointsStub(self._channel)  # type: ignore[no-untyped-call]
        self._probing = asyncio.create_task(self._probe())
        self._is_lost = False

    async def answers(self) -> bool:
        """Whether the port has answered; waits for as long as the probe takes."""
        return await asyncio.shield(self._probing)

    async def query(
        self, collection: str, index_name: str, queries: Sequence[Sequence[float] | SparseVector], most: int
    ) -> list[list[tuple[UUID, float]]] | None:
        """Chunks and scores for each query, nothing at all where that fails; None where the port is not asked."""
        if self._is_lost or not (self._probing.done() and self._probing.result()):
            return None
        asked = [_query(collection, index_name, wanted, most) for wanted in queries]
        batch = messages.QueryBatchPoints(collection_name=collection, query_points=asked)
        try:
            answer = await self._points.QueryBatch(batch, timeout=CALL_SECONDS, metadata=self._key)
        except grpc.RpcError as error:
            log.info("gRPC on port %s failed: %s", self.port, error)
            return []
        return [
            [(UUID(point.payload["chunk_id"].string_value), point.score) for point in found.result]
            for found in answer.result
        ]

    def give_up(self) -> None:
        """REST found what this was asked for and did not find: the port is lost, or another server's."""
        if not self._is_lost:
            self._is_lost = True
            log.warning("searching Qdrant by REST: gRPC on port %s is lost, or another server's", self.port)

    async def close(self) -> None:
        self._probing.cancel()
        with suppress(asyncio.CancelledError):
            await self._probing
        await self._channel.close()

    async def _probe(self) -> bool:
        check = messages.QdrantStub(self._channel).HealthCheck  # type: ignore[no-untyped-call]
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                if self._encrypted:
                    await _shake_hands(self._host, self.port)
                await check(messages.HealthCheckRequest(), metadata=self._key)
        except (grpc.RpcError, OSError, ValueError) as error:  # a name that is none is a ValueError
            log.info("searching Qdrant by REST: gRPC on port %s does not answer: %r", self.port, error)
            return False
        return True


async def _shake_hands(host: str, port: int) -> None:
    """TLS as REST has it, before gRPC tries: that writes on stderr what fails of it. Raises OSError."""
    trusted = await asyncio.to_thread(httpx.create_ssl_context)
    trusted.set_alpn_protocols(["h2"])
    _, writer = await asyncio.open_connection(host, port, ssl=trusted)
    writer.transport.abort()


def _channel(host: str, port: int, encrypted: bool) -> grpc.aio.Channel:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if not encrypted:
        return grpc.aio.insecure_channel(target, _DIRECT)
    trusted = ssl.get_default_verify_paths().cafile
    roots = Path(trusted).read_bytes() if trusted else None
    return grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(roots), _DIRECT)


def _query(
    collection: str, index_name: str, wanted: Sequence[float] | SparseVector, most: int
) -> messages.QueryPoints:
    """A dense query is weighed anew by float32."""
    named = messages.FieldCondition(key="index", match=messages.Match(keyword=index_name))
    asked = messages.QueryPoints(
        collection_name=collection,
        filter=messages.Filter(must=[messages.Condition(field=named)]),
        limit=most,
        with_payload=messages.WithPayloadSelector(
            include=messages.PayloadIncludeSelector(fields=["chunk_id"])
        ),
    )
    if isinstance(wanted, SparseVector):
        asked.using = SPARSE
        asked.query.nearest.sparse.indices.extend(wanted.indices)
        asked.query.nearest.sparse.values.extend(wanted.values)
    else:
        asked.using = DENSE
        asked.query.nearest.dense.data.extend(wanted)
        asked.params.quantization.rescore = True
        asked.params.quantization.oversampling = OVERSAMPLING
    return asked
