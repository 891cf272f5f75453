"""Is this file what it says, and fit to be worked with?"""
