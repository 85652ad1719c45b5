"""What a reader opens: panels, the controls that refer to them, and which of them are no documentation."""
