"""`stage`, the default: the best seat in the house. Focus in front, decoration around, little behind.

It is the role table as it stands. Listeners who were asked preferred it to sitting in the band, and it suits whatever
is uncertain.
"""

from typing import Final

from audio_pipeline.scene.placing import Preset

STAGE: Final = Preset(name="stage", widest_deg=90.0, extent=False)
