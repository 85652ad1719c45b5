"""How people prove who they are: identities of providers, passwords, invitations, sessions of browsers."""
