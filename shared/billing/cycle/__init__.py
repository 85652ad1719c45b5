"""What a billing run does, a stage a file."""
