import pytest

from mcp_server.answer.question import is_about_change, without_name


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("return JSON from a Flask view", "return JSON from a view"),
        ("what is Flask's application context", "what is application context"),
        ("flask.Flask.route", "flask.Flask.route"),
        ("the flask-login extension", "the flask-login extension"),
        ("run flask(app)", "run flask(app)"),
        ("Flask", "Flask"),
        ("flask?", "flask?"),
        ("does pallets maintain this?", "does maintain this?"),
    ],
)
def test_the_librarys_own_name_is_left_out_where_it_is_but_a_word(question: str, rest: str) -> None:
    assert without_name(question, "/pallets/flask") == rest


@pytest.mark.parametrize(
    ("question", "about_change"),
    [
        ("what changed in 2.0?", True),
        ("is flask.json_encoder deprecated", True),
        ("release notes", True),
        ("change a user's password", False),
        ("add a new column", False),
    ],
)
def test_questions_about_change_are_told_from_those_that_change_something(
    question: str, about_change: bool
) -> None:
    assert is_about_change(question) is about_change
