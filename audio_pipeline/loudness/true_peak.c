/* The highest sample and the highest point between samples (ITU-R BS.1770-5, annex 2). See `true_peak.py`. */

#include "loudness/magnitudes.h"

enum { TAPS = 12, PATCH_FRAMES = 32 };

/* Below −600 dBFS nothing is looked at: products of numbers so small are slow, and no peak. */
static const float NOTHING = 1e-30f;

/* Frames are interleaved: the samples that a point is made of lie `channels` apart, and neighbours in memory are
   independent of each other, for any number of channels. */
WIDE static int32_t highest_between(const float *samples, int64_t count, int64_t channels, const float *taps)
{
    int32_t highest = 0;
    for (int64_t at = 0; at < count; at++) {
        float point = 0.0f;
        for (int tap = 0; tap < TAPS; tap++)
            point += taps[tap] * samples[at + tap * channels];
        const int32_t here = magnitude(point);
        highest = here > highest ? here : highest;
    }
    return highest;
}

/* `samples` begins with TAPS − 1 frames that were seen before. `peaks` holds the highest sample and the highest point so
   far. No point exceeds the highest of its samples by more than the factor `bound`, so patches that cannot reach what was
   found already are skipped, and nothing is missed. */
PUBLIC int64_t
true_peak(const float *samples, int64_t frames, int64_t channels, const float *phases, int64_t phase_count, float bound,
          float *peaks)
{
    const int64_t seen = (TAPS - 1) * channels;
    int32_t before = highest_sample(samples, seen);
    for (int64_t frame = 0; frame < frames; frame += PATCH_FRAMES) {
        const float *const patch = samples + frame * channels;
        const int64_t left = frames - frame, count = (left < PATCH_FRAMES ? left : PATCH_FRAMES) * channels;
        const int32_t here = highest_sample(patch + seen, count);
        const float reach = of_magnitude(here > before ? here : before);
        before = here;
        if (here > magnitude(peaks[0]))
            peaks[0] = of_magnitude(here);
        if (here > magnitude(peaks[1]))
            peaks[1] = of_magnitude(here);
        if (!(reach * bound > peaks[1] && reach > NOTHING))
            continue;
        for (int64_t phase = 0; phase < phase_count; phase++) {
            const int32_t between = highest_between(patch, count, channels, phases + phase * TAPS);
            if (between > magnitude(peaks[1]))
                peaks[1] = of_magnitude(between);
        }
    }
    return 0;
}
