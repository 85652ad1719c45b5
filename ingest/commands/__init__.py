"""A thin module a group of commands: parse, open, call, show."""
