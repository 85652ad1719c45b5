"""Who vouches for people: any issuer of OpenID Connect, and GitHub."""
