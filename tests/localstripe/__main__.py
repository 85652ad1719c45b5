"""`python -m tests.localstripe`: serve until standard input ends; the first line says where."""

import asyncio
import socket
import sys

from aiohttp import ClientError, ClientSession, web

from tests.localstripe.proxy import KEY, Proxy

SERVE = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda self: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
"""
PATIENCE = 30.0


async def main() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    behind = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, str(port), stdin=asyncio.subprocess.DEVNULL
    )
    try:
        async with ClientSession() as session:
            url = f"http://127.0.0.1:{port}"
            await asyncio.wait_for(_up(session, url), PATIENCE)
            runner = web.AppRunner(Proxy(session, url).app(), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, own = runner.addresses[0][:2]
            sys.stdout.write(f"http://{host}:{own}\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)
            await runner.cleanup()
    finally:
        behind.kill()
        await behind.wait()


async def _up(session: ClientSession, url: str) -> None:
    while True:
        try:
            async with session.get(f"{url}/v1/customers", headers={"authorization": f"Bearer {KEY}"}):
                return
        except ClientError:
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main())
