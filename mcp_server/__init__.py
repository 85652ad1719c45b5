"""The MCP server that an editor starts over stdio."""
