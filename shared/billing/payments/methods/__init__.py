"""How people pay: methods, pages on which they are added, and who a person is to a provider."""
