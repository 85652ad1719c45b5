"""The words that a model was trained to see before a query or a passage."""

from typing import NamedTuple


class Prompts(NamedTuple):
    query: str = ""
    passage: str = ""


_RETRIEVE = "Represent this sentence for searching relevant passages: "
_INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query"

# From the models' own cards; fastembed adds none of them. The first prefix that fits a name counts.
_TABLE: tuple[tuple[str, Prompts], ...] = (
    ("baai/bge-small-zh", Prompts("为这个句子生成表示以用于检索相关文章：")),
    ("baai/bge-", Prompts(_RETRIEVE)),
    ("mixedbread-ai/mxbai-embed-", Prompts(_RETRIEVE)),
    ("snowflake/snowflake-arctic-embed-", Prompts(_RETRIEVE)),
    ("nomic-ai/nomic-embed-text-", Prompts("search_query: ", "search_document: ")),
    ("intfloat/multilingual-e5-", Prompts("query: ", "passage: ")),
    ("google/embeddinggemma-", Prompts("task: search result | query: ", "title: none | text: ")),
    ("qwen/qwen3-embedding-", Prompts(f"{_INSTRUCT}\nQuery:")),
    ("qdrant/stella-en-400m-", Prompts(f"{_INSTRUCT}.\nQuery: ")),
)


def prompts(name: str) -> Prompts:
    """What to put before the texts of the model of that name; mostly nothing."""
    return next((found for prefix, found in _TABLE if name.lower().startswith(prefix)), Prompts())
