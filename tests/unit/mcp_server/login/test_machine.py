"""What a machine is called, and where a browser can be shown."""

import pytest

from mcp_server.login.machine import machine_name, shows_browser


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ("laptop", "laptop"),
        ("  lap\u202etop\x1b[2J\n", "laptop[2J"),
        ("", "a machine without a name"),
        ("\u200b", "a machine without a name"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_machine_is_called_as_a_service_takes_it(node: str, name: str) -> None:
    assert machine_name(node) == name


@pytest.mark.parametrize(
    ("system", "environ", "shows"),
    [
        ("darwin", {}, True),
        ("win32", {}, True),
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"BROWSER": "firefox"}, True),
    ],
)
def test_no_browser_starts_in_a_terminal(system: str, environ: dict[str, str], shows: bool) -> None:
    assert shows_browser(system, environ) is shows
