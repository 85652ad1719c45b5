"""How every command line starts: Ctrl-C is no traceback, not even while the commands are imported; nor is a sign."""

import sys
from collections.abc import Callable
from typing import Any


def start(program: str, commands: Callable[[], Any]) -> None:
    """Import the commands and run the one that was typed; ends the process."""
    try:
        app = commands()
        from shared.terminal.plain import write_plainly
        from shared.terminal.streams import open_closed

        open_closed()
        write_plainly(sys.stdout, sys.stderr)
        app(prog_name=program)
    except KeyboardInterrupt:
        sys.exit(130)
