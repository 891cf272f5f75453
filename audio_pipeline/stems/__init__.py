"""Normalise stems: one rate, one zero, one length, and a measured null against the mix."""
