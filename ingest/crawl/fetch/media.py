"""The media types that pages come as."""

HTML = frozenset({"", "text/html", "application/xhtml+xml"})
"""What is not said counts as HTML, as in browsers."""
MARKDOWN = frozenset({"text/markdown", "text/x-markdown"})
MARKDOWN_FILES = MARKDOWN | {"text/plain", "application/octet-stream"}
"""What servers send files of Markdown as."""
