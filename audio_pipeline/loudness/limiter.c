/* Where true peaks are, and the smooth gain that lowers them. `limiter.py` says what the arguments are. */

#include "loudness/magnitudes.h"

/* Arrays are worked on in tiles that stay in registers. What is read may go on for a tile behind what is asked for. */
enum { TILE = 64 };

/* Of TILE neighbours in memory, each with the points up to the one a frame later. A point is made of `taps` samples, half
   of them before it. */
WIDE static void highest_up_to_next(const float *samples, int64_t channels, const float *phases, int64_t phase_count,
                                    int64_t taps, int32_t *highest)
{
    const float *const middle = samples + (taps / 2 - 1) * channels;
    for (int at = 0; at < TILE; at++)
        highest[at] = magnitude(middle[at]);
    for (int64_t phase = 0; phase < phase_count; phase++, phases += taps) {
        float points[TILE] = {0.0f};
        for (int64_t tap = 0; tap < taps; tap++)
            for (int at = 0; at < TILE; at++)
                points[at] += phases[tap] * samples[at + tap * channels];
        for (int at = 0; at < TILE; at++) {
            const int32_t here = magnitude(points[at]);
            highest[at] = here > highest[at] ? here : highest[at];
        }
    }
}

/* For every window of `taps` frames, of which there are `windows`: the highest magnitude, over all channels, of the frame
   in its middle and of the points up to the next. 0 where no sample in reach is high enough for anything above `least`:
   no point exceeds its samples by more than the factor `bound`. */
PUBLIC int64_t
envelope(const float *samples, int64_t windows, int64_t channels, const float *phases, int64_t phase_count, int64_t taps,
         float bound, float least, float *highest)
{
    const int64_t total = windows * channels;
    int64_t window = 0, channel = 0;
    memset(highest, 0, (size_t)windows * sizeof *highest);
    for (int64_t tile = 0; tile < total; tile += TILE) {
        const int64_t size = total - tile < TILE ? total - tile : TILE;
        int32_t found[TILE] = {0};
        if (!(of_magnitude(highest_sample(samples + tile, size + (taps - 1) * channels)) * bound <= least))
            highest_up_to_next(samples + tile, channels, phases, phase_count, taps, found);
        for (int64_t at = 0; at < size; at++) {
            if (found[at] > magnitude(highest[window]))
                highest[window] = of_magnitude(found[at]);
            if (++channel == channels) {
                channel = 0;
                window++;
            }
        }
    }
    return 0;
}

WIDE static void smooth_tile(const float *reduction, const float *weights, int64_t taps, float *gain)
{
    float sums[TILE] = {0.0f};
    for (int64_t tap = 0; tap < taps; tap++)
        for (int at = 0; at < TILE; at++)
            sums[at] += weights[tap] * reduction[tap + at];
    for (int at = 0; at < TILE; at++)
        gain[at] = 1.0f - sums[at];
}

/* Each of `count` gains is 1 less the weighted mean of `taps` reductions. Where nothing is reduced, it is exactly 1. */
PUBLIC int64_t
smooth_gain(const float *reduction, int64_t count, const float *weights, int64_t taps, float *gain)
{
    for (int64_t tile = 0; tile < count; tile += TILE) {
        const int64_t size = count - tile < TILE ? count - tile : TILE;
        float found[TILE];
        for (int at = 0; at < TILE; at++)
            found[at] = 1.0f;
        if (highest_sample(reduction + tile, size + taps - 1))
            smooth_tile(reduction + tile, weights, taps, found);
        memcpy(gain + tile, found, (size_t)size * sizeof *gain);
    }
    return 0;
}
