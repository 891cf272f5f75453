"""The pages of the audio room: the studio, and what the machine is doing."""

from litestar import Router

from audio_pipeline.web import api, runs, studio

router = Router("/", route_handlers=[*studio.handlers, *runs.handlers, *api.handlers])
