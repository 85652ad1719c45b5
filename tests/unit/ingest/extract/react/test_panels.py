"""Panels that a script draws when they are opened are there, each in its place."""

import json
from typing import Any

from ingest.extract import extract

URL = "https://docs.example/page"


def tabs(*drawn: bool, at: int = 0, names: tuple[str, ...] = ("npm", "pnpm")) -> str:
    row = "".join(f'<button role="tab" id="t{at}-{name}">{name}</button>' for name in names)
    panels = "".join(
        f'<div role="tabpanel" hidden id="r{at}-content-{name}" aria-labelledby="t{at}-{name}">'
        + (f"<pre><code>{name} add jar{at}</code></pre>" if shown else "")
        + "</div>"
        for name, shown in zip(names, drawn, strict=True)
    )
    return f'<div><div role="tablist">{row}</div>{panels}</div>'


def group(at: int, *names: str) -> list[Any]:
    def code(name: str) -> list[Any]:
        line = ["$", "span", None, {"className": "line", "children": f"{name} add jar{at}"}]
        return ["$", "$L9", None, {"children": ["$", "code", None, {"children": [line]}]}]

    triggers = [["$", "$L7", name, {"value": name, "children": name}] for name in names]
    panels = [["$", "$L8", name, {"value": name, "children": code(name)}] for name in names]
    return ["$", "$L6", None, {"children": [["$", "$L5", None, {"children": triggers}], *panels]}]


def read(body: str, *sent: Any) -> str:
    row = "0:" + json.dumps(["$", "main", None, {"children": list(sent)}]) + "\n"
    script = f"<script>self.__next_f.push([1,{json.dumps(row)}])</script>"
    page = f"<html><body><main><h1>Jars</h1><p>Open a jar.</p>{body}</main>{script}</body></html>"
    return extract(page.encode(), URL).document.markdown


def test_an_empty_panel_is_drawn() -> None:
    markdown = read(tabs(True, False), group(0, "npm", "pnpm"))
    assert "**npm**\n\n```\nnpm add jar0\n```\n\n**pnpm**\n\n```\npnpm add jar0\n```" in markdown


def test_groups_of_the_same_names_are_not_confused() -> None:
    markdown = read(
        tabs(True, False) + tabs(False, True, at=1), group(0, "npm", "pnpm"), group(1, "npm", "pnpm")
    )
    lines = [line for line in markdown.splitlines() if "add" in line]
    assert lines == ["npm add jar0", "pnpm add jar0", "npm add jar1", "pnpm add jar1"]


def test_where_it_is_not_sure_what_opens_there_nothing_is_drawn() -> None:
    markdown = read(tabs(True, False), group(0, "npm", "pnpm"), group(1, "npm", "pnpm"))
    assert "pnpm add" not in markdown


def test_a_panel_holds_prose_code_and_links() -> None:
    link = ["$", "$L3", None, {"href": "https://lids.example/", "children": "lids"}]
    prose = [
        "$",
        "p",
        None,
        {"children": ["See ", link, " and ", ["$", "code", None, {"children": "x"}], "."]},
    ]
    pane = ["$", "$L8", None, {"value": "pnpm", "children": [prose]}]
    assert "See [lids](https://lids.example/) and `x`." in read(tabs(True, False), pane)


def test_a_name_may_hold_code() -> None:
    name = ["pnpm", ["$", "code", None, {"children": " 9"}]]
    pane = ["$", "$L8", None, {"title": name, "children": ["$", "p", None, {"children": "Add it."}]}]
    assert "**pnpm 9**\n\nAdd it." in read(tabs(True, False, names=("npm", "pnpm 9")), pane)


def test_what_is_invisible_is_not_drawn() -> None:
    pane = [
        "$",
        "$L8",
        None,
        {"value": "pnpm", "children": ["$", "p", None, {"children": "a\u202eb\u2060c\ue000"}]},
    ]
    assert "\nabc\n" in read(tabs(True, False), pane)


def test_scripts_and_broken_names_are_not_drawn() -> None:
    inner = [
        ["$", "script", None, {"children": "alert(1)"}],
        ["$", "a b", None, {"children": "kept", "on click": "x", "className": "a"}],
    ]
    markdown = read(tabs(True, False), ["$", "$L8", None, {"value": "pnpm", "children": inner}])
    assert "kept" in markdown
    assert "alert" not in markdown
