"""Templates of HTML that lie in a package: what is filled in is escaped, and nothing may be missing."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment(package: str, **more: Any) -> Environment:
    """Of the package's folder `templates`; `more` are options of Jinja's."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        **more,
    )
