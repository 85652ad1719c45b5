"""People sign in: by a provider, by a password, by an invitation; then a cookie knows them."""
