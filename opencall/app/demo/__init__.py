"""A whole open call in a minute: fictional people, real songs, and every step of the journey through the real doors."""
