"""BS.1770-5, table 4: +1.5 dB at 60° to 120° near the horizon, nothing from the LFE, 1 everywhere else."""

import numpy as np
import pytest

from audio_pipeline.loudness.measuring import layout_weights
from audio_pipeline.loudness.meter import LoudnessMeter
from audio_pipeline.spatialaudio.layouts import get_layout

BESIDE = {
    "0+5+0": {"M+110", "M-110"},
    "0+7+0": {"M+090", "M-090"},
    "4+5+0": {"M+110", "M-110"},
    "4+7+0": {"M+090", "M-090"},
    "9+10+3": {"M+060", "M-060", "M+090", "M-090"},
    "5+5+3": {"M+110", "M-110"},
}


def tone_on_one_of(channels, channel):
    samples = np.zeros((48000, channels), np.float32)
    samples[:, channel] = 0.1 * np.sin(2 * np.pi * 1000 / 48000 * np.arange(48000))
    return samples


def integrated_lufs(samples, weights):
    meter = LoudnessMeter(48000, weights)
    meter.process(samples)
    return meter.finish().integrated_lufs


@pytest.mark.parametrize("name", BESIDE)
def test_each_channel_counts_by_where_it_stands(name):
    layout = get_layout(name)
    weights = layout_weights(name)
    alone_lufs = integrated_lufs(tone_on_one_of(1, 0), (1.0,))
    for channel, loudspeaker in enumerate(layout.loudspeakers):
        gain = integrated_lufs(tone_on_one_of(layout.channel_count, channel), weights) - alone_lufs
        if loudspeaker.is_lfe:
            assert gain == -np.inf
        elif loudspeaker.name in BESIDE[name]:
            assert gain == pytest.approx(10 * np.log10(1.41), abs=1e-9)
        else:
            assert gain == pytest.approx(0, abs=1e-9)
