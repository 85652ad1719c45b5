"""What Antora needs beside its pages: their list."""

from collections.abc import Iterable, Mapping

from tests.generators.truth import Page


def navigation(pages: Iterable[Page]) -> Mapping[str, str]:
    listed = "".join(f"* xref:{page.name}.adoc[{page.title}]\n" for page in pages)
    return {"docs/modules/ROOT/nav.adoc": listed}
