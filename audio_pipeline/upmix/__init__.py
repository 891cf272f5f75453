"""Upmix: a song that has only its stereo mix, taken apart into parts that add up to it to the last bit."""
