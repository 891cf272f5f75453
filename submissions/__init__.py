"""Calls, songs and stories: from the first draft to the public page."""
