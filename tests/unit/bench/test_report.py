from bench.report import markdown, table


def test_a_few_rows_are_a_table_and_what_is_missing_is_empty() -> None:
    said = table([{"": "ours", "ms": 1234.5}, {"": "theirs", "MB": 3}])
    assert said.splitlines() == [
        "|  | ms | MB |",
        "| --- | --: | --: |",
        "| ours | 1,234.5 |  |",
        "| theirs |  | 3 |",
    ]


def test_a_table_of_many_columns_lies_on_its_side() -> None:
    rows = [{f"column {number}": number for number in range(12)}]
    assert table(rows).splitlines()[:3] == ["| column 0 | 0 |", "| --- | --: |", "| column 1 | 1 |"]


def test_a_page_has_a_section_for_each_part_with_its_tables_notes_and_plots() -> None:
    found = {
        "rows": [{"": "ours", "ms": 1}],
        "rates": {"cold": 2},
        "p50 ms": 3,
        "notes": ["Quiet.", "Alone."],
    }
    page = markdown({"scale": ("Scale", found)}, ["benchmarks-scale.svg"])
    section = page.partition("## Scale")[2]
    for part in (
        "| ours | 1 |",
        "| cold | 2 |",
        "| p50 ms | 3 |",
        "- Quiet.\n- Alone.",
        "![Scale](benchmarks-scale.svg)",
    ):
        assert part in section
