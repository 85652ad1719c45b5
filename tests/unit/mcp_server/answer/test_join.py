import pytest

from mcp_server.answer.join import joined

HEADER = "| Name | Default |\n| --- | :-: |"
OTHER = "| Name | Meaning |\n| --- | --- |"


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        ([], ""),
        (["\nOne.\n"], "One."),
        (["One.", "Two."], "One.\n\nTwo."),
        (
            [
                f"IngestSettings:\n\n{HEADER}\n| a | 1 |",
                f"{HEADER}\n| b | 2 |",
                f"{HEADER}\n| c | 3 |\n\nThat is all.",
            ],
            f"IngestSettings:\n\n{HEADER}\n| a | 1 |\n| b | 2 |\n| c | 3 |\n\nThat is all.",
        ),
        ([f"{HEADER}\n| a | 1 |", "| b | 2 |"], f"{HEADER}\n| a | 1 |\n| b | 2 |"),
        ([f"{HEADER}\n| a | 1 |", f"{OTHER}\n| b | 2 |"], f"{HEADER}\n| a | 1 |\n\n{OTHER}\n| b | 2 |"),
        ([f"{HEADER}\n| a | 1 |", "One | two"], f"{HEADER}\n| a | 1 |\n\nOne | two"),
        (["```\na\n```", "```\na\n```"], "```\na\n```\n\n```\na\n```"),
    ],
)
def test_pieces_follow_each_other_and_a_cut_table_is_whole_again(pieces: list[str], whole: str) -> None:
    assert joined(pieces) == whole
