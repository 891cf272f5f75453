"""The scene: which stem sounds from where."""
