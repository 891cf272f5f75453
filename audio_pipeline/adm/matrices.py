"""Packs of the type Matrix: what they go from and to, and the taps that their coefficients make (BS.2127, clause 11).

A direct matrix has an input and an output pack, an encoding one an input pack, a decoding one an output pack and the
encoding matrix that it undoes.
"""

from collections.abc import Mapping
from typing import Final

from audio_pipeline.adm.block_formats import MatrixBlock
from audio_pipeline.adm.elements import MATRIX, ChannelFormat, PackFormat, key
from audio_pipeline.adm.errors import AdmInvalid, AdmUnsupported
from audio_pipeline.adm.lookup import LONGEST_NESTING, Lookup
from audio_pipeline.spatialaudio.errors import SpatialAudioError
from audio_pipeline.spatialaudio.taps import Tap, delay_in_samples

# A few matrices of matrices can multiply out to any number of taps; a real one mixes a layout into another.
_MOST_TAPS: Final = 4096

Taps = tuple[Tap, ...]


def matrix_input(pack: PackFormat, lookup: Lookup) -> PackFormat:
    """The pack whose channels a direct or decoding matrix takes: its input, or the encoding matrix."""
    if not pack.output_packs:
        raise AdmInvalid(pack.id, "is a matrix without outputPackFormatIDRef, so nothing can be heard of it")
    if pack.input_packs:
        return lookup.find(pack.input_packs[0], PackFormat, pack.id)
    encoder = lookup.encoder_of(pack)
    if encoder is None:
        raise AdmInvalid(pack.id, "is a matrix that needs an inputPackFormatIDRef or an encodePackFormatIDRef")
    return encoder


def encoder_input(pack: PackFormat, lookup: Lookup) -> tuple[PackFormat, PackFormat] | None:
    """For a decoding matrix the encoding matrix that it undoes and the input of that; None for a direct one."""
    encoder = None if pack.input_packs else lookup.encoder_of(pack)
    if encoder is None:
        return None
    if not encoder.input_packs:
        raise AdmInvalid(encoder.id, "is an encoding matrix that needs one inputPackFormatIDRef")
    return encoder, lookup.find(encoder.input_packs[0], PackFormat, encoder.id)


def matrix_outputs(
    pack: PackFormat, tracks: Mapping[str, Taps], lookup: Lookup, sample_rate_hz: int
) -> dict[str, Taps]:
    """What each channel of the matrix's output pack is mixed of; `tracks` are taps by the key of their channel."""
    mixed = dict(tracks)
    outputs: dict[str, Taps] = {}
    for _, channel in lookup.pack_paths(pack):
        block = _only_block(channel)
        if block.output_channel is None:
            raise AdmInvalid(block.id, "names no outputChannelFormatIDRef")
        outputs[key(block.output_channel)] = _mixed(channel, mixed, lookup, sample_rate_hz, depth=0)
    return outputs


def _mixed(channel: ChannelFormat, mixed: dict[str, Taps], lookup: Lookup, sample_rate_hz: int, depth: int) -> Taps:
    """What `channel` is mixed of; `mixed` holds what is known already, tracks first, and takes what becomes known."""
    known = mixed.get(key(channel.id))
    if known is not None:
        return known
    if channel.type_label != MATRIX:
        raise AdmInvalid(channel.id, "goes into a matrix, but no track carries it")
    if depth > LONGEST_NESTING:
        raise AdmInvalid(channel.id, "matrices refer to one another in a circle, or too deeply")
    block = _only_block(channel)
    taps: list[Tap] = []
    for coefficient in block.coefficients:
        if coefficient.variables or coefficient.phase_deg:
            what = coefficient.variables[0] if coefficient.variables else "phase"
            raise AdmUnsupported("audioBlockFormat", block.id, f"has a coefficient with {what}")
        source = lookup.find(coefficient.channel, ChannelFormat, block.id)
        delay = delay_in_samples(coefficient.delay_ms, sample_rate_hz)
        try:
            taps += [
                tap.through(coefficient.gain * block.gain, delay)
                for tap in _mixed(source, mixed, lookup, sample_rate_hz, depth + 1)
            ]
        except SpatialAudioError as fault:
            raise AdmInvalid(block.id, str(fault).rstrip(".")) from fault
        if len(taps) > _MOST_TAPS:
            raise AdmInvalid(channel.id, f"is mixed of more than {_MOST_TAPS} tracks")
    mixed[key(channel.id)] = tuple(taps)
    return mixed[key(channel.id)]


def _only_block(channel: ChannelFormat) -> MatrixBlock:
    block = channel.blocks[0] if channel.blocks else None
    if not isinstance(block, MatrixBlock):
        raise AdmInvalid(channel.id, "has no matrix")
    if len(channel.blocks) > 1:
        raise AdmUnsupported("audioChannelFormat", channel.id, "is a matrix that changes over time")
    return block
