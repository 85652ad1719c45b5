"""What stands apart from the text: questions with answers that a reader opens, and call-outs."""

from tests.generators.truth import Callout, Code, Details, Line, Words


def _code(name: str, language: str, text: str) -> Code:
    return Code(name, language, tuple(map(Line, text.split("\n"))))


DETAILS = (
    Details("pantrya", "Why does pantrya close?", (Words("pantrya1", "Because pantrya1 has a spring."),)),
    Details("pantryb", "How is pantryb opened?", (
        Words("pantryb1", "Call pantryb1 with `force=True`:"),
        _code("pantryb2", "python", "pantryb2(force=True)\n\n# and wait\nfor lid in jar:\n    lid.open()"),
    )),
    Details("pantryc", "Show all of pantryc", (_code("pantryc1", "json", '{\n  "pantryc1": [1, 2, 3]\n}'),)),
    Details("pantryd", "pantryd and `its options`", (
        Words("pantryd1", "The first option of pantryd1 is enough."),
        Words("pantryd2", "The second, pantryd2, is for lists of `List<T>` only."),
    )),
    Details("pantrye", "Which versions has pantrye?", (
        Words("pantrye1", "Only pantrye1 from 3.0 on."),
        _code("pantrye2", "bash", "pantrye2 --version | grep '^3'"),
        Words("pantrye3", "Older ones say pantrye3."),
    )),
    Details("pantryf", "What does pantryf cost?", (Words("pantryf1", "Nothing: pantryf1 is free & open."),)),
)  # fmt: skip

CALLOUTS = (
    Callout("cellara", "note", "", (Words("cellara1", "Mind that cellara1 is cold."),)),
    Callout("cellarb", "tip", "", (Words("cellarb1", "Use `cellarb1()` where it can be used."),)),
    Callout("cellarc", "warning", "", (Words("cellarc1", "Never open cellarc1 from inside."),)),
    Callout("cellard", "danger", "", (Words("cellard1", "All of cellard1 is lost when it is deleted."),)),
    Callout("cellare", "note", "Since cellare", (Words("cellare1", "It is cellare1 that came with version 2."),)),
    Callout("cellarf", "tip", "Short of cellarf", (
        Words("cellarf1", "There is cellarf1, too:"),
        _code("cellarf2", "python", "from jar import cellarf2\n\ncellarf2.open(\n    lid=None,\n)"),
    )),
    Callout("cellarg", "warning", "Deprecated: cellarg", (
        Words("cellarg1", "Do not use cellarg1."),
        Words("cellarg2", "Use `cellarg2` in its place."),
    )),
    Callout("cellarh", "danger", "", (
        _code("cellarh1", "bash", "rm -rf ./cellarh1"),
        Words("cellarh2", "This removes cellarh2 without a question."),
    )),
)  # fmt: skip
