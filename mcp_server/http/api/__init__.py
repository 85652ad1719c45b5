"""The API that clients of Context7 speak: libraries that match a name, and passages for a question."""
