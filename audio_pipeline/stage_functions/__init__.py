"""One file a stage: read stored inputs into the scratch folder, compute by a function of its room, keep what it made.

These run in a process of their own, with the scratch folder to themselves.
"""
