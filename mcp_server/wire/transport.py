"""The SDK's server on standard input and output that are the event loop's own. Unix only."""

from typing import Any, cast

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.stdio import stdio_server

from mcp_server.wire.lines import Input, Output


async def serve(server: MCPServer[Any], given: Input, taken: Output) -> None:
    """Run the server until its input ends. Raises BrokenPipeError when the client reads no more."""
    lines = cast("anyio.AsyncFile[str]", given)
    async with stdio_server(lines, cast("anyio.AsyncFile[str]", taken)) as (read_stream, write_stream):
        lowlevel = server._lowlevel_server
        await lowlevel.run(read_stream, write_stream, lowlevel.create_initialization_options())
