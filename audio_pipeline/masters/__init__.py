"""Deliverables and their judges."""
