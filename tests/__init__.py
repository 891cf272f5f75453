"""A package, so that no other library's folder of tests is taken for it."""
