"""Audio in, masters out."""
