"""Where answers for clients may go, and what a client says of itself."""

import pytest

from shared.accounts.oauth.asked import code_asked
from shared.accounts.oauth.clients import OWN, described
from shared.accounts.oauth.redirects import checked_redirect, leads_to, shown
from shared.errors import InvalidUrl, OAuthRefused

ID = "https://editor.example/client.json"


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("https://editor.example/callback?a=b", "editor.example"),
        ("https://editor.example:8443/", "editor.example:8443"),
        ("http://127.0.0.1/callback", "a program on this computer"),
        ("http://localhost:3000/callback", "a program on this computer"),
        ("http://[::1]:80/callback", "a program on this computer"),
        ("cursor://anysphere.cursor-deeplink/mcp", "the program of cursor:"),
        ("com.example.app:/callback", "the program of com.example.app:"),
    ],
)
def test_answers_go_to_https_to_this_computer_and_to_editors(address: str, seen: str) -> None:
    assert checked_redirect(address) == address
    assert shown(address) == seen


@pytest.mark.parametrize(
    "address",
    [
        "",
        "callback",
        "//editor.example/",
        "http://editor.example/",
        "https://",
        "https:///callback",
        "https://user@editor.example/",
        "https://editor.example/#part",
        "https://editor.example/#",
        "https://editor.example:port/",
        "https://editor.example\\@evil.test/",
        "https://editor.example/ a",
        "https://éditor.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://127.0.0.1.evil.test/",
        "http://127.0.0.1@evil.test/",
    ],
)
def test_answers_go_nowhere_else(address: str) -> None:
    with pytest.raises(InvalidUrl):
        checked_redirect(address)


def test_a_program_on_this_computer_listens_on_whatever_port_is_free() -> None:
    known = ["http://127.0.0.1/callback", "https://editor.example/a"]
    assert leads_to(known, "http://127.0.0.1:50123/callback")
    assert leads_to(known, "https://editor.example/a")
    for other in ("http://localhost/callback", "http://127.0.0.1/other", "https://editor.example:444/a", ""):
        assert not leads_to(known, other)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"client_id": ID, "redirect_uris": []}, "invalid_client_metadata"),
        ({"client_id": ID, "redirect_uris": "https://a.example/"}, "invalid_client_metadata"),
        ({"client_id": ID, "redirect_uris": ["http://a.example/"]}, "invalid_redirect_uri"),
        ({"client_id": f"{ID}x", "redirect_uris": ["https://a.example/"]}, "invalid_client"),
        (["no", "object"], "invalid_client_metadata"),
        (None, "invalid_client_metadata"),
    ],
)
def test_a_document_that_does_not_describe_its_client_is_refused(document: object, code: str) -> None:
    with pytest.raises(OAuthRefused) as refused:
        described(ID, document)
    assert refused.value.code == code


def test_a_name_is_what_a_reader_sees_in_one_line() -> None:
    document = {
        "client_id": ID,
        "client_name": "An\n edi\u202etor" + "x" * 200,
        "redirect_uris": ["https://a.example/"],
    }
    client = described(ID, document)
    assert client.name.startswith("An editor")
    assert len(client.name) == 100
    assert client.host == "editor.example"
    assert described(ID, document | {"client_name": " "}).name == "editor.example"


@pytest.mark.parametrize("mode", ["fragment", "form_post", "query.jwt", ""])
def test_an_answer_is_sent_by_the_query_alone(mode: str) -> None:
    asked = {
        "response_type": "code",
        "redirect_uri": OWN.redirect_uris[0],
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    with pytest.raises(OAuthRefused, match="only response_mode=query is answered") as refused:
        code_asked(OWN, asked | {"response_mode": mode}, "https://lectern.test/mcp")
    assert refused.value.code == "invalid_request"
    assert code_asked(OWN, asked | {"response_mode": "query"}, "https://lectern.test/mcp").client == OWN
