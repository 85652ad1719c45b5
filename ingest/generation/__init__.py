"""Pages into a generation that nobody sees yet, until it is published whole."""
