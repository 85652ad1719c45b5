"""Marks what in a text is most likely an instruction to the agent that reads it. Pure; linear time."""

from ingest.scan.scanner import Finding, scan

__all__ = ["Finding", "scan"]
