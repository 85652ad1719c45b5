"""`lectern-admin invoice export`: the same bytes at any time, whole or not at all, refused in one line."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from admin.commands.invoices import invoice_export
from shared.stores.postgres import Row
from tests import invoice_xml
from tests.billing import NOW, add_draft, add_invoice
from tests.flows.operating import EMAIL, Admin, read, refused
from tests.flows.test_admin_invoices import Books, books

__all__ = ["books"]
AT = ("--now", NOW.isoformat())


@pytest.fixture
def ada(admin: Admin) -> UUID:
    return UUID(read(admin("user", "add", EMAIL, "--json"))["id"])


@pytest.fixture
def number(books: Books[Row], ada: UUID) -> str:
    return str(books(lambda connection: add_invoice(connection, ada))["number"])


def test_every_form_comes_to_a_pipe_or_a_file_and_is_the_same_whatever_changed(
    admin: Admin, number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pdf = admin("invoice", "export", number.lower(), *AT).stdout_bytes
    assert pdf.startswith(b"%PDF-")
    page = admin("invoice", "export", number, "--format", "html", "-o", "-", *AT).stdout
    assert "Ada Lovelace" in page
    admin("customer", "set", EMAIL, "--name", "Somebody else", "--country", "FR", "--postcode", "75001")
    assert admin("invoice", "export", number, "--format", "html", *AT).stdout == page
    told = admin("invoice", "export", number, "-o", ".", *AT).stdout
    assert told == f"written {number}.pdf\n"
    assert Path(f"{number}.pdf").read_bytes() == pdf
    assert Path(f"{number}.pdf").stat().st_mode & 0o777 == 0o600
    Path("shared.html").touch()
    Path("shared.html").chmod(0o640)
    Path("link.html").symlink_to("shared.html")
    admin("invoice", "export", number, "--format", "html", "-o", "link.html", *AT)
    assert Path("link.html").is_symlink()
    assert Path("shared.html").read_text() == page
    assert Path("shared.html").stat().st_mode & 0o777 == 0o640
    admin("invoice", "export", number, "-o", "/dev/null", *AT)
    assert Path("/dev/null").is_char_device()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{number}.pdf", "link.html", "shared.html"]


def test_a_credit_note_is_exported_too(admin: Admin, number: str) -> None:
    note = read(admin("invoice", "credit", number, "--reason", "Made out twice", "--json", *AT))
    page = admin("invoice", "export", note["number"], "--format", "html", *AT).stdout
    assert number in page
    assert "Made out twice" in page
    made = admin("invoice", "export", note["number"], "--format", "xml", *AT).stdout_bytes
    sums = invoice_xml.read(made)
    assert (sums.type, f"{sums.gross} {sums.currency}") == ("381", "24.00 EUR")


def test_a_currency_of_three_decimals_has_no_xml(admin: Admin, books: Books[Row], ada: UUID) -> None:
    lines = [("20.000", "S", "20")]
    number = books(lambda connection: add_invoice(connection, ada, lines, currency="KWD"))["number"]
    said = refused(admin("invoice", "export", number, "--format", "xml", *AT, code=2))
    assert f"{number} is in KWD, which has three decimals, and EN 16931 allows two" in said


def test_what_cannot_be_exported_is_one_line_and_no_file(
    admin: Admin, books: Books[UUID], ada: UUID, number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = books(lambda connection: add_draft(connection, ada))
    assert "was not sent" in refused(admin("invoice", "export", str(draft), code=2))
    assert "there is no invoice LECT-1" in refused(admin("invoice", "export", "LECT-1", code=2))
    nowhere = str(tmp_path / "missing" / "x.pdf")
    assert "No such file" in refused(admin("invoice", "export", number, "-o", nowhere, *AT, code=1))
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    assert "No space" in refused(admin("invoice", "export", number, "-o", str(full), *AT, code=1))
    terminal = SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(invoice_export, "sys", terminal)
    assert "nothing for a terminal" in refused(admin("invoice", "export", number, "-o", "-", code=2))
    monkeypatch.chdir(tmp_path)
    assert admin("invoice", "export", number, *AT).stdout == f"written {number}.pdf\n"


LACKING = {
    "ImportError('no')": "pip install 'lectern-mcp[documents]'",
    "OSError('cannot load library libpango-1.0-0')": "apt-get install libpango-1.0-0 libpangoft2-1.0-0",
}


@pytest.mark.parametrize("lack", LACKING)
def test_without_weasyprint_or_pango_it_says_what_to_install(lack: str, tmp_path: Path) -> None:
    (tmp_path / "weasyprint.py").write_text(f"raise {lack}")
    code = (
        "from shared.billing.documents.pdf import pdf\nfrom shared.errors import InvalidRequest\n"
        "try:\n  pdf('<p>')\nexcept InvalidRequest as error:\n  print(error.line)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=Path(__file__).parents[2],
    )
    assert LACKING[lack] in ended.stdout, ended.stderr
