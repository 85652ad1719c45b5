"""What every command line shares: where it writes, how text of strangers is shown, how it ends."""
