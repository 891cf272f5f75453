/* Signals times gains that move in straight lines. See `mixing.py`. */

#include "loops.h"

/* Channels are mixed eight at a time, one in each lane, and four frames at once: their sums stay in registers. */
enum { LANES = 8, TOGETHER = 4 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

/* One signal's part in eight channels: its gains where a segment begins, and how far they go until it ends. */
typedef struct {
    lanes gain, way;
    int64_t signal;
} part;

/* The parts of the signals that are heard in `width` channels, of which `table` shows the first. A signal goes from one
   row to another; `begin` and `end` say how far it is on that way where the segment begins and ends. */
static int64_t collect(const float *table, int64_t channels, int64_t width, int64_t signals, const int64_t *from_row,
                       const int64_t *to_row, const double *begin, const double *end, part *parts, int64_t *moving)
{
    int64_t count = 0;
    *moving = 0;
    for (int64_t signal = 0; signal < signals; signal++) {
        const float *const from = table + from_row[signal] * channels, *const to = table + to_row[signal] * channels;
        const float at = (float)begin[signal], step = (float)(end[signal] - begin[signal]);
        part *const own = parts + count;
        int64_t moves = 0, sounds = 0;
        *own = (part){.signal = signal};
        for (int64_t lane = 0; lane < width; lane++) {
            const float gap = to[lane] - from[lane], gain = from[lane] + at * gap, way = step * gap;
            own->gain[lane] = gain, own->way[lane] = way;
            sounds |= gain != 0.0f, moves |= way != 0.0f;
        }
        *moving |= moves;
        count += sounds | moves;
    }
    return count;
}

/* Four frames of eight channels: what begins the segment, and `ramp` of the way that is still to go. */
static inline __attribute__((always_inline)) void
mix_frames(const float *const *heard, const part *parts, int64_t count, int moving, const float *ramp, lanes *mixed)
{
    lanes still[TOGETHER] = {{0}}, moved[TOGETHER] = {{0}};
    for (const part *own = parts; own < parts + count; own++)
        for (int frame = 0; frame < TOGETHER; frame++) {
            const float sample = heard[frame][own->signal];
            still[frame] += sample * own->gain;
            if (moving)
                moved[frame] += sample * own->way;
        }
    for (int frame = 0; frame < TOGETHER; frame++)
        mixed[frame] = still[frame] + ramp[frame] * moved[frame];
}

/* One segment of eight channels, of which `width` are there. */
WIDE static void mix_segment(const float *samples, int64_t frames, int64_t signals, const part *parts, int64_t count,
                             int64_t moving, float *out, int64_t channels, int64_t width)
{
    for (int64_t frame = 0; frame < frames; frame += TOGETHER) {
        const int64_t taken = frames - frame < TOGETHER ? frames - frame : TOGETHER;
        const float *heard[TOGETHER];
        float ramp[TOGETHER];
        lanes mixed[TOGETHER];
        for (int64_t row = 0; row < TOGETHER; row++) {
            const int64_t there = frame + (row < taken ? row : 0);
            heard[row] = samples + there * signals;
            ramp[row] = (float)((double)there / (double)frames);
        }
        if (moving)
            mix_frames(heard, parts, count, 1, ramp, mixed);
        else
            mix_frames(heard, parts, count, 0, ramp, mixed);
        for (int64_t row = 0; row < taken; row++) {
            float *const to = out + (frame + row) * channels;
            if (width == LANES)
                *(lanes *)to = mixed[row];
            else
                memcpy(to, &mixed[row], (size_t)width * sizeof *to);
        }
    }
}

/* Mixes (frames, signals) to (frames, channels). Segments lie between `boundaries`, which begin at 0 and end at the last
   frame; rows of `table` and progress are (segments, signals). `parts` has room for one part a signal. Returns how many
   parts were mixed. */
PUBLIC int64_t mix(const float *samples, int64_t signals, const int64_t *boundaries, int64_t segments,
                   const int64_t *from_row, const int64_t *to_row, const double *begin, const double *end,
                   const float *table, int64_t channels, uint8_t *parts, float *out)
{
    int64_t mixed = 0;
    for (int64_t segment = 0; segment < segments; segment++) {
        const int64_t first = boundaries[segment], frames = boundaries[segment + 1] - first, at = segment * signals;
        for (int64_t channel = 0; channel < channels; channel += LANES) {
            const int64_t width = channels - channel < LANES ? channels - channel : LANES;
            int64_t moving;
            const int64_t count = collect(table + channel, channels, width, signals, from_row + at, to_row + at,
                                          begin + at, end + at, (part *)parts, &moving);
            mix_segment(samples + first * signals, frames, signals, (part *)parts, count, moving,
                        out + first * channels + channel, channels, width);
            mixed += count;
        }
    }
    return mixed;
}
