"""What can be delivered: one file a kind, one line here to register it."""

from typing import Final

from audio_pipeline.masters.deliverables.adm_360 import Adm360Master
from audio_pipeline.masters.deliverables.binaural import BinauralMaster
from audio_pipeline.masters.deliverables.loudspeakers import LoudspeakerMasters
from audio_pipeline.masters.job import Deliverable

DELIVERABLES: Final[dict[str, type[Deliverable]]] = {
    "adm-360": Adm360Master,
    "loudspeakers": LoudspeakerMasters,
    "binaural": BinauralMaster,
}
