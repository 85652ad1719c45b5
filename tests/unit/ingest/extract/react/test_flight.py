"""What React's server components send is read as a browser reads it."""

import json

import pytest
from lxml import html

from ingest.extract.react.flight import Node, sent_nodes, within, words


def page(*texts: str, push: str = "self.__next_f.push([1,{}])") -> html.HtmlElement:
    scripts = "".join(f"<script>{push.format(json.dumps(text))}</script>" for text in texts)
    return html.document_fromstring(f"<html><body><p>x</p>{scripts}</body></html>")


def said(*texts: str) -> str:
    return words(sent_nodes(page(*texts)))


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        ('0:["$","p",null,{"children":["a ",["$","b",null,{"children":"b"}]," ",3]}]\n', "a b 3"),
        ('1:["$","b",null,{"children":"b"}]\n0:["$","p",null,{"children":["a ","$L1"]}]\n', "a b"),
        ('1:T5,a\nb:c2:"no"\n0:["$","p",null,{"children":"$1"}]\n', "a\nb:c"),
        ('1:T3,$2x0:["$","p",null,{"children":"$1"}]\n', "$2x"),
        ('0:["$","p",null,{"children":"$$1"}]\n', "$1"),
        (
            '1:["$","p",null,{"children":["x","y"]}]\n0:["$","b",null,{"children":"$1:props:children:1"}]\n',
            "y",
        ),
        ('1:[["k",["$","p",null,{"children":"in a map"}]]]\n0:{"c":"$Q1"}\n', "in a map"),
        ('0:["$","p",null,{"children":["$undefined","$NaN","$D2024-01-01",null,true,"a"]}]\n', "a"),
        ('1:I[7,[],"Tabs"]\n0:["$","$L1",null,{"children":"in a component"}]\n', "in a component"),
        ('2:["$","p",null,\n0:["$","p",null,{"children":"behind a broken row"}]\n', "behind a broken row"),
    ],
)
def test_rows_and_references_become_text(stream: str, text: str) -> None:
    assert said(stream) == text


def test_a_stream_goes_on_from_script_to_script() -> None:
    assert said('0:["$","p",null,{"chil', 'dren":"one"}]\n') == "one"


@pytest.mark.parametrize("push", ["(self.__FLIGHT_DATA||=[]).push({})", "self.__next_f.push([1,{}]);"])
def test_both_ways_of_sending_are_known(push: str) -> None:
    tree = page('0:["$","p",null,{"children":"a"}]\n', push=push)
    assert words(sent_nodes(tree)) == "a"


def test_texts_wherever_they_stand_are_properties() -> None:
    (node,) = sent_nodes(page('1:T2,ab0:["$","$L9",null,{"title":"$1","price":"$$2","children":"c"}]\n'))
    assert (node.tag, node.properties["title"], node.properties["price"]) == ("", "ab", "$2")


def test_nodes_in_properties_stand_before_children() -> None:
    tree = page('0:["$","$L9",null,{"title":["$","b",null,{"children":"t"}],"children":["$","i",null,{}]}]\n')
    assert [one.tag for one in within(sent_nodes(tree))] == ["", "b", "i"]


@pytest.mark.parametrize(
    "stream",
    [
        '0:"$0"\n',
        '0:["$","p",null,{"children":"$0"}]\n',
        '0:"$1:a"\n1:"$0:a"\n',
        "".join(f'{at:x}:["$","p",null,{{"children":["${at + 1:x}","${at + 1:x}"]}}]\n' for at in range(64)),
        '0:["$","p",null,{"children":' + "[" * 5000 + "]" * 5000 + "}]\n",
        "0:" + '["$","p",null,{"children":' * 800 + '"x"' + "}]" * 800 + "\n",
        "0:T99999999,short\n",
        "no row",
    ],
)
def test_a_stream_made_to_hang_a_reader_ends(stream: str) -> None:
    assert all(isinstance(one, Node) for one in sent_nodes(page(stream)))


def test_what_is_no_stream_sends_nothing() -> None:
    assert sent_nodes(html.document_fromstring("<p>a</p><script>push([1])</script>")) == ()
    assert sent_nodes(page('0:["$","p",null,{"children":"a"}]\n'), "sourceCode") == ()
