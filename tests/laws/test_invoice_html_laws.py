"""Whatever people wrote in a document is text: it changes no tag."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.billing.documents.document import Document, Party
from shared.billing.documents.html import html
from tests.made_documents import documents
from tests.unit.shared.billing.test_invoice_html import Text

SIGNS = str.maketrans(dict.fromkeys("<>&\"'{}`=/!-", "x"))
_HOSTILE = st.lists(
    st.sampled_from(
        ["<b>", "</td>", "</style>", "<!--", "-->", "&lt;", '" x="', "'", "{{ x }}", "{% x %}", "é"]
    )
).map("".join)


def plain(party: Party) -> Party:
    return replace(
        party,
        name=(party.name or "").translate(SIGNS),
        address=(party.address or "").translate(SIGNS),
        city=(party.city or "").translate(SIGNS),
        region=(party.region or "").translate(SIGNS),
    )


@settings(max_examples=40)
@given(documents(most=5), _HOSTILE, _HOSTILE)
def test_no_text_changes_the_structure(made: Document, name: str, note: str) -> None:
    hostile = replace(
        made,
        seller=replace(made.seller, name=f"S{name}"),
        customer=replace(made.customer, address=f"C{name}\n{note}"),
        note=f"N{note}",
        reference=f"R{name}",
        lines=tuple(replace(one, description=f"{one.description}{note}") for one in made.lines),
    )
    tame = replace(
        hostile,
        seller=plain(hostile.seller),
        customer=plain(hostile.customer),
        note=(hostile.note or "").translate(SIGNS),
        reference=(hostile.reference or "").translate(SIGNS),
        legal_notes={key: text.translate(SIGNS) for key, text in hostile.legal_notes.items()},
        lines=tuple(replace(one, description=one.description.translate(SIGNS)) for one in hostile.lines),
    )
    assert Text(html(hostile)).shape == Text(html(tame)).shape
