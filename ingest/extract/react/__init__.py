"""What React keeps of a page in its scripts: panels that are not drawn yet, and the source it was written in."""
