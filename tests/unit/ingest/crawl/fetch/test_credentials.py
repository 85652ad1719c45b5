import base64
from pathlib import Path

import pytest

from ingest.crawl.fetch.credentials import Credentials, find_credentials
from shared.errors import InvalidRequest

START = "https://docs.example/guide/"
ENVIRONMENT = {"TOKEN": "s3cret", "PASSWORD": "pa:ss wörd", "EMPTY": "", "TWO_LINES": "a\r\nX-Evil: 1"}


def find(*specifications: str) -> Credentials:
    return find_credentials(START, specifications, ENVIRONMENT)


@pytest.mark.parametrize(
    ("specification", "name", "value"),
    [
        ("Authorization: $TOKEN", "Authorization", "s3cret"),
        ("Authorization:Bearer ${TOKEN}", "Authorization", "Bearer s3cret"),
        ("Cookie: session=$TOKEN", "Cookie", "session=s3cret"),
        ("X-Api-Key: $TOKEN", "X-Api-Key", "s3cret"),
    ],
)
def test_a_value_comes_from_the_environment(specification: str, name: str, value: str) -> None:
    assert find(specification).headers == {name: value}


def test_a_value_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    assert find(f"Authorization: Bearer @{tmp_path}/token").headers == {"Authorization": "Bearer s3cret"}


@pytest.mark.parametrize("user", ["joe", "joe@corp.example"])
def test_a_user_and_password_are_encoded(user: str) -> None:
    sent = find(f"Authorization: Basic {user}:$PASSWORD").headers["Authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == f"{user}:pa:ss wörd"


def test_a_user_and_password_in_one_file_are_encoded_once(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("joe:pw\n")
    (tmp_path / "encoded").write_text("am9lOnB3\n")
    for name in ("plain", "encoded"):
        assert find(f"Authorization: Basic @{tmp_path}/{name}").headers["Authorization"] == "Basic am9lOnB3"


@pytest.mark.parametrize(
    "url",
    [
        "http://docs.example/guide/",
        "https://docs.example:8443/guide/",
        "https://www.docs.example/guide/",
        "https://docs.example.evil/guide/",
        "https://evil.example/https://docs.example/",
    ],
)
def test_no_other_scheme_host_or_port_is_told(url: str) -> None:
    credentials = find("Authorization: $TOKEN")
    assert credentials.headers_for("https://docs.example/other?q=1") == {"Authorization": "s3cret"}
    assert credentials.headers_for(url) == {}


@pytest.mark.parametrize(
    ("specification", "said"),
    [
        ("Authorization: Bearer hush-hush", "in the open"),
        ("Authorization: hush-hush", "in the open"),
        ("Authorization: Basic joe@corp:hush-hush", "in the open"),
        ("Authorization: hush$hush", "in the open"),
        ("hush-hush", "no name of a header"),
        ("hush hush: $TOKEN", "no name of a header"),
        ("X\r\nhush: $TOKEN", "no name of a header"),
        (": $TOKEN", "no name of a header"),
        ("Host: $TOKEN", "cannot set Host"),
        ("content-length: $TOKEN", "cannot set content-length"),
        ("If-None-Match: $TOKEN", "cannot set If-None-Match"),
        ("Authorization: $MISSING", r"\$MISSING, which is not set"),
        ("Authorization: $EMPTY", r"\$EMPTY, which is not set"),
        ("Authorization: $TWO_LINES", "not one line of plain characters"),
        ("X-Name: $PASSWORD", "not one line of plain characters"),
        ("Authorization: @/nowhere/at/all", "cannot be read"),
    ],
)
def test_what_cannot_be_sent_is_said_in_one_line_without_the_value(specification: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said) as refused:
        find(specification)
    assert refused.value.hint
    for secret in ("hush", "s3cret", "X-Evil", "wörd"):
        assert secret not in refused.value.line
    assert "\n" not in refused.value.line


def test_a_header_is_named_once() -> None:
    with pytest.raises(InvalidRequest, match="twice"):
        find("Authorization: $TOKEN", "authorization: Bearer $TOKEN")


def test_nothing_shows_a_value() -> None:
    assert "s3cret" not in repr(find("Authorization: $TOKEN"))


def test_advice_depends_on_what_was_sent() -> None:
    credentials = find("Authorization: $TOKEN")
    assert credentials.advice(START) == "the credentials of --header do not suffice"
    assert credentials.advice("http://docs.example/") == "credentials are sent to https://docs.example only"
    assert Credentials().advice(START) == "needs credentials: --header"
