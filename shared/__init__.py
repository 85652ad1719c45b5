"""What the MCP server and the operator's command line both need."""
