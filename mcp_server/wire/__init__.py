"""Messages to and from the editor: how they come, what is no message, how the process ends."""
