"""What checks XML of invoices finds what is wrong, fails in one line, and leaves no process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from shared.billing.documents import validation
from shared.billing.documents.validation import Validator
from shared.billing.documents.xml import xml
from shared.billing.money import DIGITS
from shared.errors import DocumentInvalid, InvalidRequest, TaskFailed
from tests.made_documents import OUTSIDE, STANDARD, document, line
from tests.processes import alive, children, gone

RIGHT = document()
WRONG = {
    "BR-CO-10": xml(replace(RIGHT, lines=(line("20.01"),))),
    "BR-CO-14": xml(replace(RIGHT, tax=Decimal("4.01"))),
    "BR-CO-15": xml(replace(RIGHT, total=Decimal("24.01"))),
    "BR-S-08": xml(replace(RIGHT, groups=(replace(RIGHT.groups[0], base=Decimal("20.01")),))),
    "BR-S-09": xml(RIGHT).replace(b"4.00</ram:Calculated", b"6.00</ram:Calculated"),
    "BR-O-11": xml(document(groups=[*RIGHT.groups, replace(RIGHT.groups[0], category=OUTSIDE.category)])),
}


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    with Validator() as opened:
        yield opened


@pytest.mark.parametrize("rule", WRONG)
def test_a_wrong_sum_breaks_a_rule_that_is_named(rule: str, validator: Validator) -> None:
    with pytest.raises(DocumentInvalid) as error:
        validator.check(WRONG[rule])
    assert rule in dict(error.value.broken)
    assert "\n" not in error.value.line
    validator.check(xml(RIGHT))


def test_what_the_schema_does_not_have_is_named_too(validator: Validator) -> None:
    with pytest.raises(DocumentInvalid, match=r"INV-2026-0001 .*'BilledAmount'"):
        validator.check(xml(RIGHT).replace(b"BilledQuantity", b"BilledAmount"))


@pytest.mark.slow
def test_every_currency_of_two_digits_or_none_is_one_of_the_standard(validator: Validator) -> None:
    for code in (code for code, digits in DIGITS.items() if digits < 3):
        validator.check(xml(document([line("20", STANDARD)], currency=code, number=f"IN-{code}")))


@pytest.mark.processes
def test_a_child_that_is_killed_is_one_failure_and_the_next_document_has_another() -> None:
    others = children(os.getpid())
    with Validator() as validator:
        validator.check(xml(RIGHT))
        [child] = children(os.getpid()) - others
        os.kill(child, signal.SIGKILL)
        with pytest.raises(TaskFailed, match=r"INV-2026-0001 cannot be validated .*SIGKILL"):
            validator.check(xml(RIGHT))
        validator.check(xml(RIGHT))
        [another] = children(os.getpid()) - others
        assert another != child
    assert not alive(another)


@pytest.mark.processes
def test_a_child_that_hangs_is_one_failure() -> None:
    others = children(os.getpid())
    with Validator() as validator:
        validator.check(xml(RIGHT))
        [child] = children(os.getpid()) - others
        os.kill(child, signal.SIGSTOP)
        validator.seconds = 1
        with pytest.raises(TaskFailed, match="it takes longer than 1 s"):
            validator.check(xml(RIGHT))
        assert not alive(child)


@pytest.mark.processes
def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    made = tmp_path / "invoice.xml"
    made.write_bytes(xml(RIGHT))
    program = (
        "import sys; from pathlib import Path\n"
        "from shared.billing.documents.validation import Validator\n"
        "validator = Validator(); validator.check(Path(sys.argv[1]).read_bytes())\n"
        "print('checked', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(made)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == "checked\n"
        [child] = children(parent.pid)
        parent.kill()
        assert gone([child], 5)


def test_without_its_packages_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "find_spec", lambda name: None)
    with Validator() as validator, pytest.raises(InvalidRequest) as error:
        validator.check(xml(RIGHT))
    assert error.value.line == (
        "validation needs factur-x and saxonche, which are not installed: pip install 'lectern-mcp[documents]'"
    )
