"""positionOffset: what objects add to the positions of all that is in them (ITU-R BS.2076-2)."""

from collections.abc import Sequence

from audio_pipeline.adm.elements import AudioObject, PositionOffset


def offset_of(path: Sequence[AudioObject]) -> PositionOffset | None:
    """The sum of the offsets of nested objects, None where none has one."""
    offsets = [one.position_offset for one in path if one.position_offset is not None]
    if not offsets:
        return None
    return PositionOffset(
        azimuth_deg=sum(one.azimuth_deg for one in offsets),
        elevation_deg=sum(one.elevation_deg for one in offsets),
        distance=sum(one.distance for one in offsets),
        x=sum(one.x for one in offsets),
        y=sum(one.y for one in offsets),
        z=sum(one.z for one in offsets),
    )
