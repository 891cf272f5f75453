"""What pages need of a sound: bars for a waveform, its loudness, a copy that browsers play, and what a cover shows."""
