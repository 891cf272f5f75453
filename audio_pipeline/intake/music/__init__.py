"""What a listener would say of a song, heard in the same pass as everything else: its tempo, its key, where it turns,
and what it is like; and the print by which the same recording is known again."""
