"""Connections to Redis: a server, or a cluster where it says that it is one."""

from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

Client = Redis | RedisCluster
"""What both understand alike: commands about keys of one slot."""


async def connect(url: str, patience: float) -> Client:
    """A client of whatever answers at `url`; no call waits longer than `patience` seconds, none is repeated."""
    options: dict[str, Any] = {
        "socket_timeout": patience,
        "socket_connect_timeout": patience,
        "retry": Retry(NoBackoff(), 0),
        "decode_responses": True,
    }
    client = Redis.from_url(url, **options)
    try:
        is_cluster = (await about(client)).get("mode") == "cluster"
    except BaseException:
        await client.aclose()
        raise
    if not is_cluster:
        return client
    await client.aclose()
    cluster = RedisCluster.from_url(url, **options)
    await cluster.initialize()
    return cluster


async def about(client: Redis) -> dict[str, str]:
    """What the server says of itself: `server`, `version`, `mode`. By HELLO, which needs no right; INFO does."""
    try:
        said = await client.execute_command("HELLO")  # type: ignore[no-untyped-call]
    except ResponseError:  # older than Redis 6
        return {}
    pairs = said if isinstance(said, dict) else dict(zip(said[::2], said[1::2], strict=True))
    return {str(name): str(value) for name, value in pairs.items()}
