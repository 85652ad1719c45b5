"""The commands of `lectern-admin`, a module a group: parse, open, call, show."""
