"""`python -m tests.stripe_fake`: serve until standard input ends; the first line says where."""

import asyncio
import sys

from aiohttp import web

from tests.stripe_fake.server import Server


async def main() -> None:
    runner = web.AppRunner(Server().app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
