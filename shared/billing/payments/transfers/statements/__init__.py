"""Pure: statements of any bank, as files: what came to an account."""
