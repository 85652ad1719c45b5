"""Money that came, was asked for or went back, and what it is charged by."""
