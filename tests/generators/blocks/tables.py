"""Tables: of options, with empty cells, with signs of their own syntax, with code."""

from tests.generators.truth import Code, Line, Table


def _code(name: str, language: str, text: str) -> Code:
    return Code(name, language, tuple(map(Line, text.split("\n"))))


TABLES = (
    Table("drawera", ("Option", "Type", "What it does"), (
        ("`drawera`", "`string`", "The name of the jar"),
        ("`lid`", "`boolean`", "Whether it is closed"),
    )),
    Table("drawerb", ("Name", "Default", "Since", "About"), (
        ("`drawerb`", "", "2.0", "An empty cell"),
        ("`second`", "`null`", "", ""),
        ("`third`", "", "", "Two of them"),
    )),
    Table("drawerc", ("drawerc", "Windows", "Linux"), (
        ("Open", "yes", "yes"),
        ("Close", "", "yes"),
    )),
    Table("drawerd", ("Operator", "Meaning"), (
        ("`a < b`", "less, in drawerd"),
        ("`a && b`", "both"),
        ("`*` and `**`", "any, and any number of folders"),
        ("`List<T>`", "generic"),
    )),
    Table("drawere", ("Event", "Payload"), (
        ("`drawere`", "`{ id: string }`"),
        ("`close`", "`[code, reason]`"),
    )),
    Table("drawerf", ("Number", "Size", "Price"), (
        ("1", "10 cm", "1.50"),
        ("2", "20 cm", "2.75"),
        ("3", "drawerf", "-3 %"),
    )),
    Table("drawerg", ("Key", "Value"), (
        ("drawerg", "one"),
    )),
    Table("drawerh", ("", "Free", "Paid"), (
        ("Jars", "3", "300"),
        ("drawerh", "", "yes"),
    )),
    Table("draweri", ("Flag", "Short", "Environment", "Default", "About"), (
        ("`--draweri`", "`-d`", "`DRAWER_I`", "`~/.drawer`", "where it is, `$HOME` or not"),
        ("`--verbose`", "`-v`", "", "`0`", "may be given twice"),
        ("`--no-lid`", "", "`NO_LID`", "", "leaves it open"),
    )),
)  # fmt: skip

TABLES_OF_BLOCKS = (
    Table("chesta", ("Case", "Example"), (
        ("chesta", _code("chesta1", "python", "chesta1 = open()\nchesta1.close()")),
        ("none", "no example"),
    )),
    Table("chestb", ("Form", "Code", "Since"), (
        ("short", _code("chestb1", "bash", "chestb1 --all"), "1.0"),
        ("chestb", "", "2.0"),
    )),
)  # fmt: skip
"""Whose cells hold code of several lines."""
