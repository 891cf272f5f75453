"""Ways for money to leave: one file a rail, one line in `registry` to register it."""
