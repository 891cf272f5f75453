"""The profile `adm`: what holds for every ADM file (ITU-R BS.2076-2, BS.2088-1)."""

from collections.abc import Iterator

from audio_pipeline.adm.findings import Finding
from audio_pipeline.adm.profiles.block_rules import length_findings, timing_findings, value_findings
from audio_pipeline.adm.profiles.container_rules import chna_findings, container_findings
from audio_pipeline.adm.profiles.reference_rules import (
    chain_findings,
    id_findings,
    loop_findings,
    offset_findings,
    orphan_findings,
    reference_findings,
)
from audio_pipeline.adm.profiles.subject import Subject
from audio_pipeline.adm.upmix_mark import is_marked

_RULES = (
    container_findings,
    chna_findings,
    id_findings,
    reference_findings,
    chain_findings,
    loop_findings,
    offset_findings,
    orphan_findings,
    timing_findings,
    value_findings,
    length_findings,
)


def findings(subject: Subject) -> Iterator[Finding]:
    """Every fault, from the container inwards."""
    yield from subject.findings
    for rule in _RULES:
        yield from rule(subject)
    for programme_id in upmixes(subject):
        yield Finding("UPMIX", "info", programme_id, "its name says that it is an upmix from the stereo mix")


def upmixes(subject: Subject) -> tuple[str, ...]:
    """IDs of the programmes that say that they are upmixes."""
    programmes = subject.document.programmes if subject.document else ()
    return tuple(programme.id for programme in programmes if is_marked(programme.name))
