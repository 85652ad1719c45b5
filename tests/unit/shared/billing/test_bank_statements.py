"""Statements of banks: whatever shape a file has, what came is read once, and what cannot be read costs itself."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shared.billing.payments.port import Transfer
from shared.billing.payments.transfers.statements.ids import may_be_one
from shared.billing.payments.transfers.statements.reading import MOST_BYTES, read
from shared.errors import InvalidRequest
from tests import bank_files as bank
from tests.bank_files import Paid, batch, camt, camt_of, details, entry

ADA = Paid("24.00", "LECT-2026-000001", number="2026113000001")
BOB = Paid("1234.50", "Rg. LECT-2026-000002, danke", payer="Bob Müller", number="2026113000002")
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def said(body: bytes, currency: str | None = None) -> list[tuple[str, str, str, str | None]]:
    return [
        (f"{one.amount:f}", one.currency, one.reference, one.payer) for one in read(body, currency).transfers
    ]


def refused(body: bytes, currency: str | None = None) -> str:
    with pytest.raises(InvalidRequest) as caught:
        read(body, currency)
    assert "\n" not in caught.value.line
    assert caught.value.hint
    return caught.value.line


def bad(body: bytes) -> list[tuple[int, str]]:
    return [(one.line, one.why) for one in read(body).bad]


BOTH = [
    ("24.00", "EUR", "LECT-2026-000001", "Ada Lovelace"),
    ("1234.50", "EUR", "Rg. LECT-2026-000002, danke", "Bob Müller"),
]


@pytest.mark.parametrize("version", ["02", "04", "06", "08"])
def test_versions_of_camt_053_are_read_alike(version: str) -> None:
    body = camt_of([ADA, BOB], version=version)
    assert said(body) == BOTH
    assert [one.at for one in read(body).transfers] == [NOON, NOON]


def test_a_prefix_before_its_names_and_several_statements_change_nothing() -> None:
    entries = [entry(one, details(one)) for one in (ADA, BOB)]
    assert said(camt(*entries, prefix="ns2")) == BOTH
    assert said(camt(*entries, statements=2)) == BOTH


def test_only_what_is_booked_to_our_favour_and_not_turned_back_came() -> None:
    found = read(
        camt(
            entry(ADA, details(ADA), side="DBIT"),
            entry(ADA, details(ADA), status="<Sts><Cd>PDNG</Cd></Sts>"),
            entry(ADA, details(ADA), status="<Sts>INFO</Sts>"),
            entry(ADA, details(ADA), more="<RvslInd>true</RvslInd>"),
        )
    )
    assert (found.transfers, found.bad, found.passed_over) == ((), (), 4)


def test_a_batch_becomes_its_transactions_each_with_its_own_text() -> None:
    assert said(camt(batch([ADA, BOB]))) == BOTH
    parts = [Paid("1.00", "LECT-2026-000001"), Paid("1.00", "LECT-2026-000001")]
    ids = [one.id for one in read(camt(batch(parts))).transfers]
    assert len(set(ids)) == 2


def test_what_the_bank_took_of_a_batch_is_not_missing_in_its_parts() -> None:
    assert said(camt(batch([ADA, BOB], charged="0.30"))) == BOTH


def test_a_batch_whose_parts_do_not_add_up_costs_itself() -> None:
    lost = entry(Paid("30.00", ""), details(ADA, amount=True), details(ADA, amount=True))
    silent = entry(Paid("30.00", ""), details(ADA), details(ADA))
    body = camt(lost, entry(BOB, details(BOB)), silent)
    assert said(body) == BOTH[1:]
    assert [why for _, why in bad(body)] == [
        "entry 1: its 2 parts add up to 48.00 and not 30.00 EUR",
        "entry 3: a part of it has no amount",
    ]


def test_the_reference_is_found_wherever_a_bank_puts_it() -> None:
    structured = entry(ADA, details(ADA, structured=True))
    plain = entry(Paid("5.00", ""), more="")
    noted = plain.replace("</Ntry>", "<AddtlNtryInf>Gutschrift  LECT-2026-000003</AddtlNtryInf></Ntry>")
    to_end = entry(ADA, details(Paid("24.00", "danke"), end_to_end="LECT-2026-000004"))
    assert [reference for _, _, reference, _ in said(camt(structured, noted, to_end))] == [
        "LECT-2026-000001",
        "Gutschrift LECT-2026-000003",
        "danke LECT-2026-000004",
    ]


@pytest.mark.parametrize("width", [27, 35, 140])
def test_a_text_that_the_bank_broke_within_a_word_is_put_together(width: int) -> None:
    text = "x" * (width - 6) + " LECT-2026-000001 with thanks"
    assert said(camt(entry(ADA, details(Paid("24.00", text), broken_at=width))))[0][2] == text


def test_the_same_number_of_a_statement_is_another_transfer_on_another_day() -> None:
    days = [Paid("24.00", "LECT-2026-000001", date(2026, 11, day)) for day in (29, 30)]
    files = [camt(entry(one, details(one), listed="1")) for one in days]
    assert len({read(body).transfers[0].id for body in files}) == 2
    assert read(files[0]).transfers[0].id == read(files[0]).transfers[0].id


@pytest.mark.parametrize("number", ["", "NONREF", "NOTPROVIDED"])
def test_what_has_no_number_is_told_apart_by_what_is_said_and_how_often(number: str) -> None:
    one, other = Paid("24.00", "LECT-2026-000001", number=number), Paid("24.00", "else", number=number)
    entries = [entry(paid, details(paid)) for paid in (one, one, other)]
    ids = [transfer.id for transfer in read(camt(*entries)).transfers]
    assert len(set(ids)) == 3
    assert [transfer.id for transfer in read(camt(entries[2], entries[0])).transfers] == [ids[2], ids[0]]


def test_what_stands_in_two_statements_of_one_file_counts_once() -> None:
    body = camt(*[entry(ADA, details(ADA))] * 2, statements=2)
    assert len({one.id for one in read(body).transfers}) == 1


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (entry(ADA, day=""), "it has no day"),
        (entry(Paid("0.00", "")), "its amount is not above zero"),
        (entry(Paid("abc", "")), "'abc' is no amount"),
        (entry(Paid("1.234", "")), "EUR has two decimals, and 1.234 has more"),
        (entry(Paid("1.00", "", currency="XXX")), "'XXX' is no currency"),
        (entry(ADA, side=""), "it does not say whether it is a credit"),
        (entry(ADA).replace("Amt", "Sum"), "it has no Amt"),
    ],
)
def test_an_entry_that_cannot_be_read_costs_itself_and_is_named_by_its_line(broken: str, why: str) -> None:
    body = camt(f"\n{broken}\n", entry(BOB, details(BOB)))
    assert said(body) == BOTH[1:]
    assert bad(body) == [(3, f"entry 1: {why}")]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is empty"),
        (b" \n ", "it is empty"),
        (b"PK\x03\x04...", "an archive or a spreadsheet"),
        (b"%PDF-1.7", "a PDF"),
        (b":20:STARTUMS\n:25:1/2", "MT940"),
        (b"\x00\x01\x02", "no text"),
        (b"Hello, this is a letter.", "no line that names columns"),
        (b"<html><body>Log in</body></html>", "it is html, and no CAMT.053"),
        (b"<Document><BkToCstmrStmt>", "no XML that can be read"),
        (camt_of([ADA]).replace(b"camt.053", b"camt.054"), "camt.054.001.08, and no CAMT.053"),
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "declares a document type"),
        (b"<a>\n<b></a>", "it is no XML that can be read from line 2 on"),
        (
            b"<!DOCTYPE a [<!ENTITY b '"
            + b"b" * 999
            + b"'><!ENTITY c '"
            + b"&b;" * 999
            + b"'><!ENTITY d '"
            + b"&c;" * 999
            + b"'>]><a>&d;</a>",
            "declares a document type",
        ),
        (b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/a.dtd'><a/>", "declares a document type"),
        (
            b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]><a>&c;</a>',
            "declares a document type",
        ),
        (b"Date;Text\n2026-11-30;x", "line 1 names a date, and no amount"),
        (b"Date;Amount\n2026-11-30;5", "no column says the currency"),
    ],
)
def test_what_is_no_statement_is_refused_in_one_line(body: bytes, why: str) -> None:
    assert why in refused(body)


def test_a_file_that_is_too_large_is_not_even_looked_at() -> None:
    assert "64 MiB" in refused(b" " * (MOST_BYTES + 1))


def test_csv_of_several_languages_encodings_and_marks_says_the_same() -> None:
    for body in (
        bank.german([ADA, BOB]),
        bank.german([ADA, BOB], "utf-8"),
        bank.german([ADA, BOB], "utf-16"),
        bank.english([ADA, BOB]),
        bank.wise([ADA, BOB]),
    ):
        found = read(body)
        assert [(one.amount, one.currency, one.payer) for one in found.transfers] == [
            (Decimal("24.00"), "EUR", "Ada Lovelace"),
            (Decimal("1234.50"), "EUR", "Bob Müller"),
        ], body
        assert found.bad == ()
        assert {one.at for one in found.transfers} == {NOON}
    assert said(bank.french([ADA, BOB]))[1] == ("1234.50", "EUR", f"Bob Müller {BOB.reference}", None)


def test_wises_own_export_has_wises_own_numbers_and_its_fee_was_paid() -> None:
    paid = [Paid("23.50", "LECT-2026-000001", number="TRANSFER-1"), Paid("-5.00", "", number="TRANSFER-2")]
    found = read(bank.wise(paid, fee="0.50"))
    assert found.is_wise
    assert [(one.id, f"{one.amount:f}") for one in found.transfers] == [("TRANSFER-1", "24.00")]
    assert found.passed_over == 1
    assert read(bank.wise(paid[:1], kind="CONVERSION")).transfers == ()
    assert read(bank.wise([Paid("5.00", "", number="CONVERSION-1")])).transfers == ()


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ("Date,Amount,Currency\n2026-11-30,-5.00,EUR", []),
        ("Date,Amount,Currency,State\n2026-11-30,5.00,EUR,PENDING", []),
        ("Date,Amount,Currency,Info\n2026-11-30,5.00,EUR,Umsatz gebucht", ["5.00"]),
        ("Date,Amount,Currency,Info\n2026-11-30,5.00,EUR,Umsatz vorgemerkt", []),
        ("Date,Amount,Currency,Soll/Haben\n2026-11-30,5.00,EUR,H\n2026-11-30,6.00,EUR,S", ["5.00"]),
        ("Date,Amount,Currency,Direction\n2026-11-30,5.00,EUR,OUT\n2026-11-30,6.00,EUR,IN", ["6.00"]),
        ("Date,Debit,Credit,Currency\n2026-11-30,5.00,,EUR\n2026-11-30,,6.00,EUR", ["6.00"]),
        ("Date,Amount EUR\n2026-11-30,5.00", ["5.00"]),
        ("Buchungstag;Umsatz in EUR\noffen;5,00\n30.11.2026;6,00", ["6.00"]),
        ("Date;Montant en euros\n30/11/2026;1 234,50", ["1234.50"]),
        ("Buchung;Umsatz in EUR\n30.11.2026;1.234,50+\n30.11.2026;5,00-", ["1234.50"]),
        ("Date,Amount,Currency\n2026-11-30,1.500,KWD\n2026-11-30,0.25,KWD", ["1.500", "0.250"]),
        ("Date,Amount,Currency\n2026-11-30,1980,JPY", ["1980"]),
        (
            'Date,Amount,Currency,Reference\n2026-11-30,5,EUR,"two\nlines"\n2026-11-30,6,EUR,x',
            ["5.00", "6.00"],
        ),
        ("\n\nDate,Amount,Currency\n\n2026-11-30,5,EUR\n,,\nSaldo,,\n", ["5.00"]),
    ],
)
def test_signs_states_and_sums_are_read_as_banks_mean_them(rows: str, wanted: list[str]) -> None:
    found = read(rows.encode())
    assert ([f"{one.amount:f}" for one in found.transfers], found.bad) == (wanted, ())


NAMED = """
Buchungstag;Verwendungszweck;Beguenstigter/Zahlungspflichtiger;Betrag;Waehrung;Info
30.11.26;LECT;Ada;5,00;EUR;Umsatz gebucht

Buchung;Wertstellungsdatum;Auftraggeber/Empfänger;Verwendungszweck;Saldo;Währung;Betrag;Währung
30.11.2026;30.11.2026;Ada;LECT;9,00;EUR;5,00;EUR

Buchungstag;Wert;Begünstigter / Auftraggeber;Buchungstext;Betrag;Soll;Haben;Währung
30.11.2026;30.11.2026;Ada;LECT;5,00;;5,00;EUR

Buchungsdatum;Währung;Belastung;Gutschrift;Beschreibung1;Beschreibung2;Partnername
2026-11-30;EUR;;5.00;LE;CT;Ada

Datum;Avisierungstext;Gutschrift in EUR;Lastschrift in EUR;Name
2026-11-30;LECT;5.00;;Ada

Date de comptabilisation;Libelle simplifie;Debit;Credit;Date operation;Devise;Nom du tiers
30/11/2026;LECT;;+5,00;30/11/2026;EUR;Ada

Date;Libellé;Montant(EUROS);Montant(FRANCS);Émetteur
30/11/2026;LECT;5,00;32,80;Ada

Date completed (UTC);ID;State;Reference;Payer;Payment currency;Amount
2026-11-30;a1;COMPLETED;LECT;Ada;EUR;5.00

Transaction Date;Transaction Type;Transaction Description;Debit Amount;Credit Amount;Currency;Counterparty
30/11/2026;TFR;LECT;;5.00;EUR;Ada

Booking Date;Partner Name;Payment Reference;Amount (EUR);Original Amount
2026-11-30;Ada;LECT;5.00;
"""
"""A line of names and a row of each of many exports."""


@pytest.mark.parametrize("table", NAMED.strip().split("\n\n"))
def test_columns_are_known_by_the_names_that_banks_give_them(table: str) -> None:
    found = read(table.encode())
    assert found.bad == ()
    [one] = found.transfers
    assert (f"{one.amount:f}", one.currency, one.at, one.payer) == ("5.00", "EUR", NOON, "Ada")
    assert one.reference.replace(" ", "") == "LECT"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2026-11-30,abc,EUR", "'abc' is no amount"),
        ("2026-11-30,1.2.3,EUR", "'1.2.3' is no amount"),
        ("2026-11-30,5.001,EUR", "EUR has two decimals, and 5.001 has more"),
        ("2026-11-30,5.00,MARK", "'MARK' is no currency"),
        ("someday,5.00,EUR", "'someday' is no date"),
        ("2026-02-30,5.00,EUR", "'2026-02-30' is no date"),
        ("0001-01-01T00:00:00+14:00,5.00,EUR", "'0001-01-01T00:00:00+14:00' is no date of a transfer"),
        ("9999-12-31T23:59:59-12:00,5.00,EUR", "'9999-12-31T23:59:59-12:00' is no date of a transfer"),
        (",5.00,EUR", "it has no date"),
        ("2026-11-30,,EUR", "it has no amount"),
        ("2026-11-30,9999999999999,EUR", "'9999999999999' is no amount that anybody pays"),
        ("2026-11-30", "it has no amount"),
        ("2026-11-30,1e5,EUR", "'1e5' is no amount"),
    ],
)
def test_a_row_that_cannot_be_read_costs_itself_and_is_named_by_its_line(row: str, why: str) -> None:
    body = f"Account,DE02\nDate,Amount,Currency\n2026-11-29,1.50,EUR\n{row}\n2026-11-30,2.50,EUR\n".encode()
    assert [f"{one.amount:f}" for one in read(body).transfers] == ["1.50", "2.50"]
    assert bad(body) == [(4, why)]


def test_a_cell_without_end_costs_what_is_behind_it() -> None:
    body = b'Date,Amount,Currency\n2026-11-30,5,EUR\n2026-11-30,6,"' + b"x" * 200_000
    found = read(body)
    assert [one.amount for one in found.transfers] == [Decimal("5.00")]
    assert found.bad[0].line == 3


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("30.11.2026", date(2026, 11, 30)),
        ("1.12.26", date(2026, 12, 1)),
        ("20261130", date(2026, 11, 30)),
        ("30-11-2026 10:00", date(2026, 11, 30)),
        ("2026-11-30T23:30:00-02:00", date(2026, 12, 1)),
        ("03/04/2026", date(2026, 4, 3)),
    ],
)
def test_days_are_read_as_banks_write_them(typed: str, day: date) -> None:
    [found] = read(f"Date;Amount;Currency\n{typed};5;EUR".encode()).transfers
    assert found.at.astimezone(UTC).date() == day


def test_a_day_that_can_only_have_its_month_first_tells_it_of_the_others() -> None:
    found = read(b"Date,Amount,Currency\n03/04/2026,5,USD\n11/30/2026,5,USD").transfers
    assert [one.at.date() for one in found] == [date(2026, 3, 4), date(2026, 11, 30)]


def test_thousands_and_decimals_are_told_apart_by_the_whole_column() -> None:
    assert [f"{one.amount:f}" for one in read(b"Date;Amount;Currency\n20261130;1.500;EUR").transfers] == [
        "1500.00"
    ]
    body = b"Date;Amount;Currency\n20261130;1.500;KWD"
    assert bad(body) == [(2, "'1.500' may be thousands, or have decimals")]


def test_the_currency_of_an_account_can_be_said_where_its_file_does_not() -> None:
    assert said(b"Date;Amount\n2026-11-30;5", "CHF") == [("5.00", "CHF", "", None)]


def test_equal_rows_of_a_csv_are_several_transfers_and_the_same_ones_in_a_longer_file() -> None:
    ids = [one.id for one in read(bank.english([ADA, ADA, BOB])).transfers]
    assert len(set(ids)) == 3
    assert {one.id for one in read(bank.english([ADA])).transfers} < set(ids)


def test_a_transfer_that_came_two_ways_is_recognised_and_two_of_one_way_are_two() -> None:
    by_camt = read(camt_of([ADA, Paid("24.00", ADA.reference, number="2026113000009")])).transfers
    by_csv = read(bank.english([ADA, ADA])).transfers
    by_other = read(bank.french([ADA])).transfers[0]
    assert read(bank.german([ADA])).transfers[0].id == by_csv[0].id
    by_wise = Transfer("TRANSFER-1", Decimal("24.00"), "EUR", ADA.reference, NOON)
    later = Transfer("TRANSFER-2", Decimal("24.00"), "EUR", ADA.reference, NOON.replace(day=20))
    assert may_be_one(("manual", by_camt[0]), ("manual", by_csv[0]))
    assert may_be_one(("manual", by_csv[0]), ("manual", by_other))
    assert may_be_one(("manual", by_csv[0]), ("wise", by_wise))
    assert not may_be_one(("manual", by_camt[0]), ("manual", by_camt[1]))
    assert not may_be_one(("manual", by_csv[0]), ("manual", by_csv[1]))
    assert not may_be_one(("manual", by_csv[0]), ("manual", by_csv[0]))
    assert not may_be_one(("manual", by_csv[0]), ("wise", later))
