"""Where we may connect: one spelling per URL, which addresses are public, and HTTP that goes to no other."""
