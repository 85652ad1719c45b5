"""The prompt that a person picks: answer a question from the current documentation of a library."""

# It asks for the tools and holds no passage itself: what a site wrote belongs in a tool's result, which an
# assistant takes for data, not in a message of the user, which it obeys.

from typing import Annotated

from mcp.server.mcpserver.prompts import Prompt
from mcp.types import GetPromptResult, InputRequiredResult, TextContent
from pydantic import Field

from mcp_server.answer.cost import cost
from mcp_server.gate import Spent
from shared.visible import visible_markdown

NAME = "answer-with-current-docs"
MOST_CHARACTERS = 4000


def prompts() -> list[Prompt]:
    return [
        Prompt.from_function(
            answer_with_current_docs,
            name=NAME,
            title="Answer with current docs",
            description="Answer a question from the current documentation of one library, with its addresses.",
        )
    ]


async def answer_with_current_docs(
    library: Annotated[
        str, Field(description="A library's name or id: Flask, /pallets/flask, /pallets/flask/2.2.")
    ],
    question: Annotated[str, Field(description="What you want to know.")],
) -> str:
    name, asked = _short(library), _short(question)
    first = (
        f"Call query-docs with libraryId {name} and the whole question."
        if name.startswith("/")
        else f"Call resolve-library-id with libraryName {name!r} and the whole question, take the library that is "
        "meant, then call query-docs with its id."
    )
    return (
        f"Answer this question from the current documentation of {name}:\n\n{asked}\n\n"
        f"{first} Ask once more in other words if the passages do not answer it. Rest every statement on the "
        "passages, keep to their version, and cite the addresses that come with them. If the documentation "
        "does not say it, say so."
    )


def rendered(prompt: GetPromptResult | InputRequiredResult) -> Spent:
    """What a prompt costs that a person picked."""
    said = prompt.messages if isinstance(prompt, GetPromptResult) else ()
    texts = [message.content.text for message in said if isinstance(message.content, TextContent)]
    return Spent(tokens=sum(map(cost, texts)))


def _short(text: str) -> str:
    return visible_markdown(text).strip()[:MOST_CHARACTERS]
