"""From an editor's standard input and output to a service over HTTP: messages are passed on as they are."""
