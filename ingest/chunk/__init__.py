"""A Document becomes Chunks. Pure; the way in is `cut.chunk`."""
