"""All HTTP to addresses that sites name: where we may connect, how politely, and within which limits."""
