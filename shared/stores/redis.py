"""Connections to Redis: a server, or a cluster where it says that it is one."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisClusterException, RedisError
from redis.exceptions import TimeoutError as TooLate

from shared.counted import counted

Client = Redis | RedisCluster
"""What both understand alike: commands about keys of one slot."""
FAILURES = (RedisError, RedisClusterException, OSError, TimeoutError)
"""What the driver raises where it cannot do what it is asked."""
SLOTS = 16384


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, and what to do."""

    what: str
    hint: str


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
    return await _joined(RedisCluster.from_url(url, require_full_coverage=False, **options))


async def _joined(cluster: RedisCluster) -> RedisCluster:
    """The driver asks one node what commands there are, and gives up where that is a lost one: it asks another."""
    asked = set[str]()
    while True:
        try:
            return await cluster.initialize()
        except (NoConnection, TooLate):
            first = next((node.name for node in cluster.get_primaries()), None)
            if first is None or first in asked:
                raise
            asked.add(first)
            cluster.nodes_manager.move_node_to_end_of_cached_nodes(first)


async def disconnect(client: Client) -> None:
    """Close it, and of a cluster what the driver leaves open where the last call failed."""
    await client.aclose()
    if isinstance(client, RedisCluster):
        await client.nodes_manager.aclose()
        await client.nodes_manager.aclose("startup_nodes")


async def about(client: Redis) -> dict[str, str]:
    """What the server says of itself: `server`, `version`, `mode`. By HELLO, which needs no right; INFO does."""
    said = await client.execute_command("HELLO")  # type: ignore[no-untyped-call]
    pairs = said if isinstance(said, dict) else dict(zip(said[::2], said[1::2], strict=True))
    return {str(name): str(value) for name, value in pairs.items()}


async def named(client: Client) -> str:
    """What it is, in words."""
    if isinstance(client, RedisCluster):
        return f"a cluster of {counted(len(client.get_primaries()), 'node')}"
    said = await about(client)
    return f"{said['server'].capitalize()} {said['version']}"


async def trouble(client: Client) -> Trouble | None:
    """What is wrong with a cluster: nodes that do not answer, slots that are on none."""
    if not isinstance(client, RedisCluster):
        return None
    size = await named(client)
    said = await everywhere(client, "PING")
    lost = [node for node, answer in said.items() if isinstance(answer, NoConnection | TooLate | OSError)]
    if lost:
        return Trouble(
            f"{', '.join(lost)} of {size} {'does' if len(lost) == 1 else 'do'} not answer",
            "start what is down, and let every node announce an address that this machine reaches",
        )
    without = SLOTS - len(client.nodes_manager.slots_cache)
    if without:
        return Trouble(
            f"{counted(without, 'slot')} of {size} {'is' if without == 1 else 'are'} on no node",
            "run `valkey-cli --cluster fix` or `redis-cli --cluster fix`",
        )
    return None


async def everywhere(client: Client, *command: str) -> dict[str, Any]:
    """What each server that holds keys answers, by its name; or how it failed."""
    if isinstance(client, Redis):
        return {"": await _said(client, command)}
    return {node.name: await _said(node, command) for node in client.get_primaries()}


async def _said(asked: Any, command: tuple[str, ...]) -> Any:
    try:
        return await asked.execute_command(*command)
    except FAILURES as error:
        return error
