"""What stands in or beside a block of code and is no code: popups, labels, buttons, signs of notes."""
