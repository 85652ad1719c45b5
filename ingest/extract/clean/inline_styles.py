"""Inline styles: what they declare, and whether they take an element out of a reader's sight."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_NUMBER = re.compile(r"-?\d*\.?\d+")
_FAR = {"%": 100.0, "em": 30.0, "rem": 30.0, "ch": 60.0, "vw": 100.0, "vh": 100.0}
"""How far out of its place text is out of sight, by unit; pixels and the like at 400."""
_NOWHERE = re.compile(
    r"rect\((?:0|1)(?:px)?(?:,?(?:0|1)(?:px)?){3}\)|inset\((?:5\d|[6-9]\d|100)(?:\.\d+)?%|circle\(0"
    r"|polygon\(0(?:px|%)?0(?:px|%)?(?:,0(?:px|%)?0(?:px|%)?)*\)"
)
_SHRUNK = re.compile(r"scale(?:3d|x|y)?\(0(?:\.0\d*)?[,)]")
_MOVED = re.compile(r"translate(?:3d|x|y)?\(([^()]*)\)")
_ANIMATED = ("transform", "transition", "animation", "will-change")
_COLOURS = {"white": "#ffffff", "black": "#000000", "transparent": "#00000000"}

Declarations = Mapping[str, str]


@lru_cache(maxsize=4096)
def hides(style: str) -> bool:
    """Whether an element with this `style` is not seen, or only as a dot. What an animation brings in is seen."""
    said = declarations(style)
    return bool(said) and any(found(said) for found in _WAYS)


@lru_cache(maxsize=4096)
def declarations(style: str) -> Declarations:
    """Values by property, in small letters, without spaces and `!important`."""
    found: dict[str, str] = {}
    for one in _COMMENT.sub("", style).lower().split(";"):
        name, colon, value = one.partition(":")
        if colon:
            found[name.strip()] = "".join(value.replace("!important", "").split())
    return found


def _switched_off(said: Declarations) -> bool:
    return (
        said.get("display") == "none"
        or said.get("visibility") in ("hidden", "collapse")
        or said.get("content-visibility") == "hidden"
    )


def _faded(said: Declarations) -> bool:
    opacity = _amount(said.get("opacity", ""))
    return opacity is not None and opacity <= 0.05 and not any(name in said for name in _ANIMATED)


def _tiny(said: Declarations) -> bool:
    size = _amount(said.get("font-size", ""))
    if size is not None and size <= (1 if said["font-size"].endswith(("px", "pt")) else 0.1):
        return not said["font-size"].endswith("%") or size <= 5
    if said.get("font", "").startswith(("0/", "0px", "0pt")):
        return True
    if not {"hidden", "clip"} & {said.get("overflow"), said.get("overflow-x"), said.get("overflow-y")}:
        return False
    extents = [_amount(said.get(name, "")) for name in ("width", "height", "max-width", "max-height")]
    return any(extent is not None and extent <= 1 for extent in extents)


def _far_away(said: Declarations) -> bool:
    if any(_is_far(said.get(name, "")) for name in ("text-indent", "margin-left", "margin-top")):
        return True
    if said.get("position") in ("absolute", "fixed"):
        if any(_is_far(said.get(name, "")) for name in ("left", "top", "right", "bottom")):
            return True
        if _NOWHERE.search(said.get("clip", "")):
            return True
    moved = _MOVED.search(said.get("transform", ""))
    return bool(moved and any(_is_far(part) for part in moved[1].split(",")))


def _cut_out(said: Declarations) -> bool:
    return bool(_NOWHERE.match(said.get("clip-path", "")) or _SHRUNK.search(said.get("transform", "")))


def _same_colour(said: Declarations) -> bool:
    colour = _colour(said.get("-webkit-text-fill-color") or said.get("color", ""))
    if not colour or "text" in (said.get("background-clip"), said.get("-webkit-background-clip")):
        return False
    behind = _colour(said.get("background-color") or said.get("background", ""))
    return colour == behind or (len(colour) == 9 and colour.endswith("00"))


_WAYS: tuple[Callable[[Declarations], bool], ...] = (
    _switched_off,
    _faded,
    _tiny,
    _far_away,
    _cut_out,
    _same_colour,
)


def _amount(value: str) -> float | None:
    number = _NUMBER.match(value)
    return float(number[0]) if number else None


def _is_far(value: str) -> bool:
    number = _amount(value)
    if number is None or number >= 0:
        return False
    return -number >= _FAR.get(value.lstrip("-.0123456789"), 400.0)


def _colour(value: str) -> str:
    """`#rrggbb`, with the alpha where there is one; as it is where it is neither that nor known."""
    value = _COLOURS.get(value, value)
    if value.startswith("#") and len(value) in (4, 5):
        return "#" + "".join(sign * 2 for sign in value[1:])
    if value.startswith("rgb"):
        parts = _NUMBER.findall(value)
        if len(parts) >= 3:
            solid = "#" + "".join(f"{int(min(255.0, max(0.0, float(part)))):02x}" for part in parts[:3])
            return solid + ("00" if len(parts) > 3 and float(parts[3]) == 0 else "")
    return value
