"""What our points, collections and queries are on a Qdrant server. Its import takes a second: import it late.

A point's id is made of its chunk and its index, so that a generation can be rebuilt beside the points that
serve it; the payload carries the chunk's own id.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from shared.model.document import SparseVector
from shared.stores.vectors.port import OVERSAMPLING, IndexRef, Point, Spread, generation_of

_PREFIX = "lectern_"
DENSE = "dense"
SPARSE = "bm25"
_KEYWORDS = ("library_id", "version", "content_type", "generation", "index")
_MOST_INDEXES = 1_000_000


def collection_name(model: str, dimension: int) -> str:
    """`lectern_<model>_<dimension>_<digest>`: safe characters, and no two models share one."""
    plain = re.sub(r"[^a-z0-9]+", "_", model.lower()).strip("_")[:80]
    return f"{_PREFIX}{plain}_{dimension}_{hashlib.sha256(model.encode()).hexdigest()[:8]}"


async def ensure_collection(client: AsyncQdrantClient, name: str, dimension: int, spread: Spread) -> None:
    """Make the collection and its payload indexes; two processes may do so at once."""
    if not await client.collection_exists(name):
        # float32 stays on disk; a scan reads a byte a number from memory, and its best are weighed by float32
        scanned = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, always_ram=True)
        dense = models.VectorParams(
            size=dimension,
            distance=models.Distance.COSINE,
            on_disk=True,
            quantization_config=models.ScalarQuantization(scalar=scanned),
        )
        try:
            await client.create_collection(
                name,
                vectors_config={DENSE: dense},
                sparse_vectors_config={SPARSE: models.SparseVectorParams()},
                # no graph: a search scans one index, which the payload index finds
                hnsw_config=models.HnswConfigDiff(m=0, payload_m=0),
                on_disk_payload=True,
                shard_number=spread.shards,
                replication_factor=spread.replicas,
                write_consistency_factor=spread.write_consistency,
            )
        except UnexpectedResponse:
            if not await client.collection_exists(name):
                raise
    await ensure_payload_indexes(client, name)


async def ensure_payload_indexes(client: AsyncQdrantClient, name: str) -> None:
    """A collection that an operator made has none, and a server counts by a field only where it has one."""
    keyword = models.KeywordIndexType.KEYWORD
    for field in _KEYWORDS:
        schema = models.KeywordIndexParams(type=keyword, is_tenant=True if field == "library_id" else None)
        await client.create_payload_index(name, field, schema, wait=True)


async def check_writable(client: AsyncQdrantClient, collections: Sequence[str]) -> None:
    """Fail as a crawl does where the key may only read: by removing what is not there."""
    nothing = f"{_PREFIX}doctor_{uuid4().hex}"
    if collections:
        await client.delete(collections[0], of_index(nothing), wait=True)
    else:
        await client.delete_collection(nothing)


async def our_collections(client: AsyncQdrantClient) -> list[str]:
    found = (await client.get_collections()).collections
    return [collection.name for collection in found if collection.name.startswith(_PREFIX)]


async def stored_indexes(client: AsyncQdrantClient, collection: str) -> list[str]:
    """Names of the indexes that have points."""
    await ensure_payload_indexes(client, collection)
    found = await client.facet(collection, "index", limit=_MOST_INDEXES, exact=True)
    # the engine goes on naming what was removed, with a count of 0, until it optimises
    return [str(hit.value) for hit in found.hits if hit.count]


def of_index(name: str) -> models.Filter:
    """Points of one index. Its name alone tells it from every other, and each more condition costs time."""
    return models.Filter(must=[models.FieldCondition(key="index", match=models.MatchValue(value=name))])


def of_indexes(names: Sequence[str]) -> models.Filter:
    """Points of these indexes."""
    return models.Filter(must=[models.FieldCondition(key="index", match=models.MatchAny(any=list(names)))])


async def query(
    client: AsyncQdrantClient,
    collection: str,
    index_name: str,
    queries: Sequence[Sequence[float] | SparseVector],
    most: int,
) -> list[list[tuple[UUID, float]]]:
    """Chunks and scores for each query, by REST: by_grpc.py's answer, in qdrant-client's models."""
    asked = [_query(index_name, wanted, most) for wanted in queries]
    answers = await client.query_batch_points(collection, asked)
    return [
        [(UUID((point.payload or {})["chunk_id"]), point.score) for point in answer.points]
        for answer in answers
    ]


def _query(index_name: str, wanted: Sequence[float] | SparseVector, most: int) -> models.QueryRequest:
    """A dense query is weighed anew by float32."""
    asked: dict[str, Any] = {"filter": of_index(index_name), "limit": most, "with_payload": ["chunk_id"]}
    if isinstance(wanted, SparseVector):
        return models.QueryRequest(query=_sparse(wanted), using=SPARSE, **asked)
    rescored = models.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
    return models.QueryRequest(
        query=[float(value) for value in wanted],
        using=DENSE,
        params=models.SearchParams(quantization=rescored),
        **asked,
    )


def stored(index: IndexRef, point: Point) -> models.PointStruct:
    return models.PointStruct(
        id=str(uuid5(point.id, index.name)),
        vector=_vectors(point),
        payload=_about(index)
        | {
            "chunk_id": str(point.id),
            "content_type": point.content_type,
            "source_url": point.source_url,
            "chunk_text": point.chunk_text,
        },
    )


def seal(index: IndexRef) -> models.PointStruct:
    """A point without vectors, written last: it tells an index without chunks from none."""
    return models.PointStruct(id=seal_id(index.name), vector={}, payload=_about(index))


def seal_id(name: str) -> str:
    return str(uuid5(generation_of(name), name))


def _vectors(point: Point) -> dict[str, Any]:
    dense = {DENSE: [float(value) for value in point.dense]}
    return dense | {SPARSE: _sparse(point.sparse)} if point.sparse.indices else dense


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))


def _about(index: IndexRef) -> dict[str, str]:
    return {
        "index": index.name,
        "generation": str(index.generation),
        "library_id": index.library_id,
        "version": index.version,
    }
