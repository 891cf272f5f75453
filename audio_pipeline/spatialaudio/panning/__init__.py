"""Point-source and extent panning: from directions to loudspeaker gains."""
