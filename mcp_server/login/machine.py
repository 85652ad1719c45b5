"""Pure: what this machine is called, and whether a browser can be shown on it."""

from collections.abc import Mapping
from typing import Final

from shared.one_line import one_line
from shared.visible import visible

_MOST: Final = 100
_SCREENS: Final = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")


def machine_name(node: str) -> str:
    """As the service takes it: the key of an earlier login of the same name ends."""
    return one_line(visible(node)).strip()[:_MOST].strip() or "a machine without a name"


def shows_browser(system: str, environ: Mapping[str, str]) -> bool:
    """Elsewhere a browser would start in this terminal."""
    return system in ("darwin", "win32") or any(environ.get(name) for name in _SCREENS)
