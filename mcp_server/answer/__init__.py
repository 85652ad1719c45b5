"""A question becomes an answer: found, ranked, packed to its budget, framed. All but `search` is pure."""
