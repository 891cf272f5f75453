"""Refusals of the audio room."""

from opencall.kernel.errors import OpencallError


class AudioPipelineError(OpencallError):
    """Base of the room's refusals."""
