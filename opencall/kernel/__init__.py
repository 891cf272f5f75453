"""The smallest common ground of the rooms: what none of them owns and all of them need."""
