"""Write `audio_pipeline/adm/common_definitions.json` from the ADM document of the common definitions (ITU-R BS.2094).

    python scripts/make_common_definitions.py 2094_common_definitions.xml

Channels, packs and what they are; stream and track formats follow from the numbers and are left out.
"""

import json
import sys
from pathlib import Path
from typing import Final

from audio_pipeline.adm.block_formats import HoaBlock, SpeakerBlock
from audio_pipeline.adm.elements import BINAURAL, ChannelFormat, PackFormat
from audio_pipeline.adm.xml_reading import read_axml_document
from audio_pipeline.spatialaudio.direct_speakers import PolarSpeakerPosition

TABLE: Final = Path(__file__).resolve().parents[1] / "audio_pipeline" / "adm" / "common_definitions.json"


def main(source: Path) -> None:
    """Read `source`, write the table; every row stands on a line of its own."""
    document, findings = read_axml_document(source.read_bytes())
    if findings:
        raise SystemExit(f"{source} cannot be read: {findings[0].where}: {findings[0].detail}")
    tables: dict[str, list[list[object]]] = {
        "speakers": [_speaker(one) for one in document.channels if isinstance(one.blocks[0], SpeakerBlock)],
        "components": [_component(one) for one in document.channels if isinstance(one.blocks[0], HoaBlock)],
        "ears": [[one.id, one.name] for one in document.channels if one.type_label == BINAURAL],
        "packs": [_pack(one) for one in document.packs],
    }
    lines = [
        f'"{name}": [\n' + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]"
        for name, rows in tables.items()
    ]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _speaker(channel: ChannelFormat) -> list[object]:
    block = channel.blocks[0]
    if not isinstance(block, SpeakerBlock) or not isinstance(block.position, PolarSpeakerPosition):
        raise SystemExit(f"{channel.id} is no loudspeaker with a polar position")
    position = block.position
    return [
        channel.id,
        channel.name,
        block.labels[0],
        position.azimuth_deg.value,
        position.elevation_deg.value,
        position.distance.value,
        block.horizontal_edge,
        channel.low_pass_hz,
    ]


def _component(channel: ChannelFormat) -> list[object]:
    block = channel.blocks[0]
    if not isinstance(block, HoaBlock):
        raise SystemExit(f"{channel.id} is no component of HOA")
    return [channel.id, channel.name, block.order, block.degree, block.normalization]


def _pack(pack: PackFormat) -> list[object]:
    return [pack.id, pack.name, list(pack.channels), list(pack.packs)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
