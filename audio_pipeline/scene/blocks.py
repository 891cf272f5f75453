"""A scene's objects as the renderer's blocks; the same blocks make our renders and the exported ADM, so both agree.

A keyframe's values are reached at its sample. ADM's rule is that a block moves from the gains before it to its own over
its span, and that the first block is constant; so keyframe k becomes the block that *ends* at its time, and the first
one a constant block that ends at the first keyframe. Where that is at 0 the constant block is one sample long, the
shortest there is, and the movement starts at sample 1. With `jump`, keyframe k becomes the block that *starts* at its
time and holds. Times are whole samples throughout; nothing is rounded.

An object's linear gain (the programme's, the keyframe's and the size of its channel gains) stands in the blocks, and
the signal beside them is scaled so that it never exceeds its stem's peak (`signal_gains`): what is exported cannot clip
for being panned, and a stem that is one object keeps its own samples.
"""

from dataclasses import dataclass

from audio_pipeline.scene.model import Keyframe, Scene, SceneObject
from audio_pipeline.spatialaudio.blocks import ObjectBlocks


@dataclass(frozen=True, slots=True)
class _Span:
    start_samples: int
    end_samples: int
    keyframe: Keyframe
    jump: bool = False


def scene_blocks(scene: Scene) -> tuple[ObjectBlocks, ...]:
    """The blocks of every object, in order, the programme gain in them. `check_scene` has passed the scene."""
    programme_gain: float = 10.0 ** (scene.programme.gain_db / 20.0)
    return tuple(object_blocks(scene_object, scene.frames, programme_gain) for scene_object in scene.objects)


def object_blocks(scene_object: SceneObject, frames: int, programme_gain: float = 1.0) -> ObjectBlocks:
    """The blocks of one object: contiguous, from 0 to `frames`, linear gains multiplied by `programme_gain`.

    Keyframes are in strictly rising order and none lies behind `frames`.
    """
    spans = _jumping(scene_object.keyframes, frames)
    if scene_object.interpolation == "linear":
        spans = _moving(scene_object.keyframes, frames)
    keyframes = [span.keyframe for span in spans]
    gain = programme_gain * _size(scene_object)
    return ObjectBlocks.of(
        start_samples=[span.start_samples for span in spans],
        end_samples=[span.end_samples for span in spans],
        azimuth_deg=[keyframe.azimuth_deg for keyframe in keyframes],
        elevation_deg=[keyframe.elevation_deg for keyframe in keyframes],
        distance=[keyframe.distance for keyframe in keyframes],
        width_deg=[keyframe.width_deg for keyframe in keyframes],
        height_deg=[keyframe.height_deg for keyframe in keyframes],
        depth=[keyframe.depth for keyframe in keyframes],
        gain=[keyframe.gain * gain for keyframe in keyframes],
        diffuse=[keyframe.diffuse for keyframe in keyframes],
        jump_position=[span.jump for span in spans],
    )


def signal_gains(scene_object: SceneObject) -> tuple[float, ...]:
    """What each stem channel is multiplied by to give the object's signal: `channel_gains`, absolute sum 1.

    The size taken out stands in the blocks' gains. All-zero gains stay zero.
    """
    size = _size(scene_object)
    return tuple(gain / size if size else 0.0 for gain in scene_object.source.channel_gains)


def _size(scene_object: SceneObject) -> float:
    return sum(abs(gain) for gain in scene_object.source.channel_gains)


def _moving(keyframes: tuple[Keyframe, ...], frames: int) -> list[_Span]:
    first = keyframes[0]
    if len(keyframes) == 1:
        return [_Span(0, frames, first)]
    reached = max(first.time_samples, 1)
    spans = [_Span(0, reached, first)]
    for keyframe in keyframes[1:]:
        time_samples = keyframe.time_samples
        if time_samples > reached:
            spans.append(_Span(reached, time_samples, keyframe))
            reached = time_samples
        elif reached < frames:
            # The constant first sample took the room in which to move: the value is there at once, for one sample.
            spans.append(_Span(reached, reached + 1, keyframe, jump=True))
            reached += 1
    if reached < frames:
        spans.append(_Span(reached, frames, keyframes[-1]))
    return spans


def _jumping(keyframes: tuple[Keyframe, ...], frames: int) -> list[_Span]:
    starts = [0, *(keyframe.time_samples for keyframe in keyframes[1:])]
    ends = [*starts[1:], frames]
    # A keyframe at the very end is never heard.
    return [
        _Span(start, end, keyframe, jump=True)
        for start, end, keyframe in zip(starts, ends, keyframes, strict=True)
        if end > start
    ]
