"""What a server writes to its log: ours from the chosen level on, and of libraries only what goes wrong.

Below that they write whole addresses and headers, with what is in them of keys and codes.
"""

import logging
import sys

OURS = ("mcp_server", "shared")


def begin(program: str, level: str) -> None:
    """To standard error, each line after the program's name."""
    chosen = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        level=max(chosen, logging.WARNING), format=f"{program}: %(message)s", stream=sys.stderr
    )
    for name in OURS:
        logging.getLogger(name).setLevel(chosen)
