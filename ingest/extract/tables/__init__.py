"""Tables keep their columns: spans are filled, and what no cell of Markdown can hold stands below."""
