import pytest

from mcp_server.libraries.named_version import listed, named_version
from shared.model.library import Library

DJANGO = Library("/django/django", "Django", packages=("django",))
RAILS = Library("/rails/rails", "Ruby on Rails", aliases=("rails",))
PYTHON = Library("/python/cpython", "Python", aliases=("python3",))


@pytest.mark.parametrize(
    ("library", "question", "version"),
    [
        (DJANGO, "django 3.2 middleware", "3.2"),
        (DJANGO, "How do I migrate to Django v5.0?", "5.0"),
        (DJANGO, "django version 4 settings", "4"),
        (DJANGO, "django@4.2.1 urls", "4.2.1"),
        (DJANGO, "Django 5.x forms", "5"),
        (RAILS, "credentials in Ruby on Rails 7.1", "7.1"),
        (PYTHON, "python3.12 f-strings", "3.12"),
        (PYTHON, "python3 f-strings", None),
        (DJANGO, "python 3.12 with django 4.2", "4.2"),
        (PYTHON, "python 3.12 with django 4.2", "3.12"),
        (DJANGO, "serve a 404 page", None),
        (DJANGO, "django 404 page", None),
        (DJANGO, "django middleware 3.2", None),
        (DJANGO, "how do forms work in version 3.2 of django?", "3.2"),
        (DJANGO, "version 3.2 of python", None),
        (RAILS, "release 7.1 of Ruby on Rails", "7.1"),
        (DJANGO, "django ; 8 ways to cache", None),
        (DJANGO, "", None),
    ],
)
def test_a_number_behind_a_name_of_the_library_is_its_version(
    library: Library, question: str, version: str | None
) -> None:
    assert named_version(library, question) == version


def test_what_is_listed_first_is_listed_once_and_only_if_it_is_there() -> None:
    assert listed(["3", "2", "1"], ["1", None, "9", "3"]) == ["1", "3", "2"]
