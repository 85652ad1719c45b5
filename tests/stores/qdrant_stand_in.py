"""What stands in for a Qdrant server where there is none: REST and gRPC on loopback, over Qdrant Edge.

The engine is Qdrant's own, in this process; the two fronts are ours, and know only what the adapter asks. They answer
as a server was seen to: 404 for a collection that is not there, 400 for a `facet` without a payload index.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import qdrant_edge as edge
from aiohttp import web
from aiohttp.test_utils import TestServer
from qdrant_client import grpc as messages

from shared.stores.vectors import shard as shards
from tests.certificate import Certificate


def credentials(certificate: Certificate) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials([(certificate.key_path.read_bytes(), certificate.path.read_bytes())])


class StandIn:
    """Collections by name, each a shard of the engine; `asked` keeps what came by which front."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._shards: dict[str, edge.EdgeShard] = {}
        self.made: dict[str, Any] = {}
        self.asked: list[str] = []
        self.keys: list[str] = []
        self.may_answer = asyncio.Event()
        """What REST searches wait for."""
        self.may_answer.set()

    @asynccontextmanager
    async def by_rest(self, certificate: Certificate | None = None) -> AsyncIterator[str]:
        """The address of the REST front, while the block lasts; encrypted where there is a certificate."""
        application = web.Application(client_max_size=10**8)
        application.router.add_route("*", "/{path:.*}", self._answer)
        server = TestServer(application)
        await server.start_server(ssl=certificate and certificate.context())
        try:
            yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.port}"
        finally:
            await server.close()

    @asynccontextmanager
    async def by_grpc(self, port: int = 0, certificate: Certificate | None = None) -> AsyncIterator[int]:
        """The port of the gRPC front, while the block lasts."""
        server = grpc.aio.server()
        messages.add_QdrantServicer_to_server(_Health(), server)  # type: ignore[no-untyped-call]
        messages.add_PointsServicer_to_server(_Points(self), server)  # type: ignore[no-untyped-call]
        where = f"127.0.0.1:{port}"
        if certificate:
            bound = server.add_secure_port(where, credentials(certificate))
        else:
            bound = server.add_insecure_port(where)
        await server.start()
        try:
            yield bound
        finally:
            await server.stop(None)

    def close(self) -> None:
        for shard in self._shards.values():
            shard.close()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        if request.path == "/":
            return web.json_response({"title": "stands in for qdrant", "version": "0.0.0"})
        _, _, collection, *rest = [*request.path.split("/"), ""]
        action = "/".join(rest).strip("/")
        self.asked.append(f"REST {action}")
        if action.startswith("points/query"):
            await self.may_answer.wait()
        try:
            result = self._done(request.method, collection, action, json.loads(body) if body else {})
        except LookupError:
            return _refused(404, f"Not found: Collection `{collection}` doesn't exist!")
        except ValueError as error:
            return _refused(400, str(error))
        return web.json_response({"result": result, "status": "ok", "time": 0})

    def _done(self, method: str, collection: str, action: str, body: Any) -> Any:
        match method, action:
            case "GET", "" if not collection:
                return {"collections": [{"name": name} for name in self._shards]}
            case "GET", "exists":
                return {"exists": collection in self._shards}
            case "PUT", "":
                return self.make(collection, body)
            case "DELETE", "":
                return self._shards.pop(collection, None) is not None
        shard, completed = self._shards[collection], {"operation_id": 1, "status": "completed"}
        match method, action:
            case "PUT", "index":
                shard.update(
                    edge.UpdateOperation.create_field_index(
                        body["field_name"], edge.PayloadSchemaType.Keyword
                    )
                )
                return completed
            case "PUT", "points":
                points = [_point(point) for point in body["points"]]
                shard.update(edge.UpdateOperation.upsert_points(points))
                return completed
            case "POST", "points/delete":
                shard.update(edge.UpdateOperation.delete_points_by_filter(_filter(body["filter"])))
                return completed
            case "POST", "points/count":
                return {"count": shard.count(edge.CountRequest(filter=_filter(body["filter"]), exact=True))}
            case "POST", "points":
                found = shard.retrieve(body["ids"], with_payload=False, with_vector=False)
                return [{"id": str(record.id)} for record in found]
            case "POST", "points/query/batch":
                return [{"points": self._found(shard, search)} for search in body["searches"]]
            case "POST", "facet":
                return {"hits": self._counted(shard, body)}
        raise NotImplementedError(f"{method} {action}")

    def make(self, collection: str, body: Mapping[str, Any]) -> bool:
        if collection in self._shards:
            raise ValueError(f"Wrong input: Collection `{collection}` already exists!")
        self.made[collection] = body
        dense = edge.EdgeVectorParams(
            size=body["vectors"]["dense"]["size"],
            distance=edge.Distance.Cosine,
            quantization_config=edge.ScalarQuantizationConfig(edge.ScalarType.Int8),
        )
        config = edge.EdgeConfig(
            vectors={shards.DENSE: dense},
            sparse_vectors={shards.SPARSE: edge.EdgeSparseVectorParams()},
            hnsw_config=edge.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=1),
            max_search_threads=1,
            wal_enabled=False,
        )
        self._shards[collection] = edge.EdgeShard.create(str(self._root / collection), config)
        return True

    def _found(self, shard: edge.EdgeShard, search: Mapping[str, Any]) -> list[dict[str, Any]]:
        query = search["query"]
        if isinstance(query, Mapping):
            query = query.get("nearest", query)
        wanted = edge.SparseVector(query["indices"], query["values"]) if isinstance(query, Mapping) else query
        params = search.get("params", {}).get("quantization")
        return [
            {"id": str(hit.id), "version": 0, "score": hit.score, "payload": hit.payload}
            for hit in shard.query(
                edge.QueryRequest(
                    limit=search["limit"],
                    query=edge.Query.Nearest(wanted, using=search["using"]),
                    filter=_filter(search["filter"]),
                    params=params
                    and edge.SearchParams(
                        quantization=edge.QuantizationSearchParams(
                            rescore=params["rescore"], oversampling=params["oversampling"]
                        )
                    ),
                    with_payload=search["with_payload"],
                )
            )
        ]

    def _counted(self, shard: edge.EdgeShard, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        try:
            counted = shard.facet(edge.FacetRequest(body["key"], limit=body["limit"], exact=body["exact"]))
        except Exception as error:  # the engine has no other class: there is no payload index
            raise ValueError(f"Bad request: {error}") from error
        return [{"value": hit.value, "count": hit.count} for hit in counted.hits]

    def batch(self, request: messages.QueryBatchPoints) -> messages.QueryBatchResponse:
        """What the gRPC front answers: each search in the words of the REST front. Raises LookupError."""
        self.asked.append("gRPC QueryBatch")
        shard = self._shards[request.collection_name]
        results = [
            messages.BatchResult(
                result=[
                    messages.ScoredPoint(
                        id=messages.PointId(uuid=hit["id"]),
                        score=hit["score"],
                        payload={
                            key: messages.Value(string_value=value) for key, value in hit["payload"].items()
                        },
                    )
                    for hit in self._found(shard, _search(points))
                ]
            )
            for points in request.query_points
        ]
        return messages.QueryBatchResponse(result=results)


class _Health(messages.QdrantServicer):
    async def HealthCheck(self, request: Any, context: Any) -> messages.HealthCheckReply:
        return messages.HealthCheckReply(title="stands in for qdrant", version="0.0.0")


class _Points(messages.PointsServicer):
    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in

    async def QueryBatch(self, request: Any, context: Any) -> messages.QueryBatchResponse:
        self._stand_in.keys += [value for key, value in context.invocation_metadata() if key == "api-key"]
        try:
            return self._stand_in.batch(request)
        except LookupError:
            await context.abort(grpc.StatusCode.NOT_FOUND, "Not found: Collection doesn't exist!")
            raise


def _refused(status: int, why: str) -> web.Response:
    return web.json_response({"status": {"error": why}, "time": 0}, status=status)


def _point(point: Mapping[str, Any]) -> edge.Point:
    vector = dict(point["vector"])
    if sparse := vector.get(shards.SPARSE):
        vector[shards.SPARSE] = edge.SparseVector(sparse["indices"], sparse["values"])
    return edge.Point(point["id"], vector, point["payload"])


def _filter(wanted: Mapping[str, Any]) -> edge.Filter:
    conditions: list[Any] = []
    for condition in wanted["must"]:
        match = condition["match"]
        same = edge.MatchAny(match["any"]) if "any" in match else edge.MatchValue(match["value"])
        conditions.append(edge.FieldCondition(condition["key"], match=same))
    return edge.Filter(must=conditions)


def _search(points: messages.QueryPoints) -> dict[str, Any]:
    """A gRPC search in the words of REST."""
    vector = points.query.nearest
    sparse = {"indices": list(vector.sparse.indices), "values": list(vector.sparse.values)}
    must = [
        {"key": condition.field.key, "match": {"value": condition.field.match.keyword}}
        for condition in points.filter.must
    ]
    search: dict[str, Any] = {
        "query": sparse if vector.HasField("sparse") else list(vector.dense.data),
        "using": points.using,
        "limit": points.limit,
        "filter": {"must": must},
        "with_payload": list(points.with_payload.include.fields),
    }
    if points.HasField("params"):
        asked = points.params.quantization
        search["params"] = {"quantization": {"rescore": asked.rescore, "oversampling": asked.oversampling}}
    return search
