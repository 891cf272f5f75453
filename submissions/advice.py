"""What each finding of the listening report means to an artist: what is wrong, what follows, what to do.

The machine's own sentence is exact and goes to whoever wants it; these are the words that everybody reads. Adding a
finding to the report is adding a line here; a test compares the two lists.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec


class Advice(msgspec.Struct, frozen=True):
    """`heading` says what was found, `meaning` what follows from it, `remedy` what to do."""

    heading: str
    meaning: str
    remedy: str


_AGAIN: Final = "Export the track from your project again and replace this file."

ADVICE: Final[Mapping[str, Advice]] = MappingProxyType(
    {
        # Is it a sound file, and all of it?
        "NOT_AUDIO": Advice(
            "This is no sound file",
            "We cannot play it. It may be a project, a picture or an archive that has the name of a sound.",
            "Choose the exported sound instead, as WAV, AIFF or FLAC. Unpack an archive, and choose the files in it.",
        ),
        "UNREADABLE": Advice(
            "We cannot open this file",
            "It looks like sound, but it cannot be read to the end of its beginning. Usually an export or a copy broke "
            "off.",
            _AGAIN,
        ),
        "CORRUPT": Advice(
            "Part of the sound is damaged",
            "The file opens, and somewhere in it the sound is not what was saved. You would hear a crack, or nothing.",
            "Replace it with a fresh copy from your own disk; if that one is damaged too, export it again.",
        ),
        "TRUNCATED": Advice(
            "The end is missing",
            "The file stops before the place where it says that it ends. The rest was never written, or was lost on "
            "the way.",
            "Play it at home to its end. If it is whole there, send it again; otherwise export it again.",
        ),
        "EMPTY": Advice(
            "There is nothing in it",
            "The file has a name and no sound.",
            _AGAIN,
        ),
        "TOO_SHORT": Advice(
            "It is over before it begins",
            "It is so short that not even its loudness can be measured, so it cannot be a song, or a part of one.",
            "Export the whole length of the song and replace this file.",
        ),
        "SILENT": Advice(
            "You would hear nothing",
            "The file is as long as it should be, and silent from start to end. A muted track exports like this.",
            "Take the mute off and export it again, or remove the file if it is meant to be empty.",
        ),
        "NON_FINITE": Advice(
            "Something made noise that no number can hold",
            "A plug-in put impossible values into the sound. Played aloud they are a bang, or silence.",
            "Find the plug-in on that track (often a reverb or a synthesiser), reset it, and export again.",
        ),
        "HEADER_REPAIRED": Advice(
            "The recorder did not say where it ends",
            "The file was left open, as after a crash. We took everything that is there.",
            "Play the end. If nothing is missing, there is nothing to do.",
        ),
        "TRAILING_DATA": Advice(
            "There is something behind the end",
            "After the last moment of sound the file goes on with other data. It is not played.",
            "If the song ends too early for you, export it again. Otherwise there is nothing to do.",
        ),
        "EXTENSION_MISMATCH": Advice(
            "The name says one thing, the file is another",
            "Its ending names a kind of file that it is not. We go by the content, so it plays.",
            "There is nothing to do; a file with its right name saves questions later.",
        ),
        # How good is it?
        "LOSSY_SOURCE": Advice(
            "This kind of file has lost part of the sound",
            "MP3, AAC and Ogg throw away what you barely hear in stereo. Taken apart in space, it becomes audible.",
            "Export the same track as WAV or FLAC and replace this file.",
        ),
        "LOSSY_SOURCED": Advice(
            "It sounds as if it had once been an MP3",
            "Everything above a certain height is cut off sharply, as small files do. Turning such a file into WAV "
            "brings nothing back.",
            "If you have the original recording, export from that. If it was recorded like this, leave it.",
        ),
        "LOW_BIT_DEPTH": Advice(
            "Quiet moments hiss",
            "The file keeps too few steps between loud and quiet, so soft passages turn into noise.",
            "Export it again with 24 bits.",
        ),
        "PADDED_BITS": Advice(
            "It is finer on paper than in the sound",
            "The file has room for finer steps than are in it. It does no harm; something in between was exported more "
            "coarsely.",
            "If your project has more, export from there. Otherwise there is nothing to do.",
        ),
        "LOW_RATE": Advice(
            "The highest tones are missing",
            "It was saved at a rate that cannot hold them: cymbals and breath sound dull.",
            "Export it again with 44.1 or 48 kHz, as your project has it.",
        ),
        "UPSAMPLED": Advice(
            "It is larger than its sound",
            "It has the size of a finer recording, and nothing in the range that would need it. It was converted "
            "upwards somewhere.",
            "Export at the rate in which you recorded. If that is this one, leave it.",
        ),
        # How loud, and where is its zero?
        "CLIPPED": Advice(
            "The loudest moments are cut off",
            "Peaks hit the ceiling and were flattened. Short ones pass for colour; many of them sound harsh.",
            "If you still have the project, lower the level by 1 or 2 dB and export again.",
        ),
        "OVER_0DBFS": Advice(
            "It goes over the top",
            "Its peaks are higher than full scale. We keep them whole; a phone or a car may distort them.",
            "Lower the level a little and export again. A stem may stay as it is.",
        ),
        "DC_OFFSET": Advice(
            "It does not rest in the middle",
            "Where there should be silence the loudspeaker is pushed to one side. You hear no tone, but it takes room "
            "and may click at the edges.",
            "A low-cut filter at 20 Hz on that track removes it. If your song is chosen, we remove it too.",
        ),
        # Left and right
        "MONO_AS_STEREO": Advice(
            "Left and right are the same",
            "It is a mono sound in a stereo file. In space it becomes one point instead of two.",
            "For a stem there is nothing to do. If this is your mix, check that you exported it in stereo.",
        ),
        "PHASE_INVERTED": Advice(
            "Left and right cancel each other",
            "One side is the mirror image of the other. On a phone, which plays both at once, it disappears.",
            "Press the polarity button (ø) on one side and export again.",
        ),
        "ONE_CHANNEL": Advice(
            "One side is silent",
            "All of the sound is on the left, or all of it on the right.",
            "Export it as mono, or with both sides if one got lost.",
        ),
        "TOO_MANY_CHANNELS": Advice(
            "There are too many tracks in one file",
            "The file holds more channels than we can take apart.",
            "Export each instrument as a file of its own, mono or stereo.",
        ),
        # The stems as a set
        "LENGTH_MISMATCH": Advice(
            "It ends before the others, or after them",
            "If it also starts elsewhere, everything in it is in the wrong place.",
            "If the part is meant to end there, there is nothing to do. Otherwise export it again from the first beat "
            "to the same end.",
        ),
        "RATE_MISMATCH": Advice(
            "It was saved at another rate than the others",
            "We bring it to the same one, which is safe. It may be a sign that it comes from another project.",
            "There is nothing to do. If you export again anyway, use one rate for everything.",
        ),
        "LATE": Advice(
            "It is not in time with the mix",
            "It starts a little before or after the other stems. That is enough to soften every first beat.",
            "Export it again from bar 1. If you leave it, nothing is moved unasked; the engineer sees by how much.",
        ),
        "POLARITY_INVERTED": Advice(
            "It is upside down",
            "Where the mix pushes, this stem pulls. Together with the others, low notes get thinner.",
            "Press the polarity button (ø) on that track and export it again.",
        ),
        "SUM_MISMATCH": Advice(
            "The stems are not the whole mix",
            "Played together they leave something of your mix over: a stem is missing, or the mix has effects on top "
            "that the stems do not have.",
            "Check that every track is here. If only effects on the sum are missing, that is a choice, not a fault.",
        ),
        "DUPLICATE": Advice(
            "Two files are the same",
            "The same recording is here twice, so it would be twice as loud.",
            "Remove one of them, or replace it with the track that it should have been.",
        ),
    }
)


def advice_on_same_recording(own_titles: Sequence[str], of_others: bool) -> Advice:
    """The words for a mix that is in the call already: in these other songs of the artist's own, or in another's."""
    if not own_titles:
        return Advice(
            "This recording is in the call already",
            "The same recording was sent here before, in another song. We do not say in which, nor whose it is.",
            "If somebody with whom you made it sent it, agree on one of the two and withdraw the other. If you meant "
            "another song, replace the mix.",
        )
    titles = " and ".join(f"“{title}”" for title in own_titles)
    also = " It was sent here before by somebody else as well; we do not say by whom." if of_others else ""
    return Advice(
        "You have this recording in another song",
        f"The same recording is the mix of {titles}.{also}",
        "If you meant another song, replace the mix here. A recording is chosen once: keep one of them.",
    )


def advice_on(code: str) -> Advice:
    """The words for a code; for one from another version of the house, words that send to the exact sentence."""
    return ADVICE.get(code, _UNKNOWN)


_UNKNOWN: Final = Advice(
    "Something in it is unusual",
    "We have no simple words for it; the exact sentence of the machine is below.",
    "If you cannot make sense of it, write to us and name the file.",
)
