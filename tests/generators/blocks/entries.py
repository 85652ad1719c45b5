"""Entries of an API reference."""

from tests.generators.truth import Entry

ENTRIES = (
    Entry("hatcha", "python", "hatcha", "hatcha(path: str, limit: int = 3) -> bool", "Open the hatch at a path.",
          (("path", "Where the hatch is."), ("limit", "How often it is tried."))),
    Entry("hatchb", "python", "hatchb", "hatchb(*names: str, sep: str = ', ', **options: object) -> str",
          "Join names.", (("names", "What is joined."), ("sep", "What stands between them."))),
    Entry("hatchc", "python", "hatchc", "hatchc(lids: dict[str, list[int]] | None = None) -> None",
          "Count the lids."),
    Entry("hatchd", "python", "hatchd", "hatchd()", "Do nothing at all."),
    Entry("gatea", "typescript", "gatea", "gatea(path: string, limit?: number): boolean",
          "Opens the gate at a path.",
          (("path", "Where the gate is."), ("limit", "How often it is tried."))),
    Entry("gateb", "typescript", "gateb", "gateb<T>(items: T[], by: (item: T) => string): Map<string, T[]>",
          "Groups the items.", (("items", "What is grouped."), ("by", "By what it is grouped."))),
    Entry("gatec", "typescript", "gatec", "gatec(): Promise<void>", "Waits for the gate."),
)  # fmt: skip
