"""Who people are: accounts, sessions, roles, invitations, and a record of every sign-in."""
