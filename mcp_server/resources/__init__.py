"""What a person attaches to a conversation: libraries and pages, as MCP resources."""
