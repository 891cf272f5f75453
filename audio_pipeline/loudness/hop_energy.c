/* K-weighting and the energy of 10 ms hops (ITU-R BS.1770-5, annex 1). `hop_energy.py` says what the arguments are. */

#include <math.h>

#include "loops.h"

/* Channels are filtered four at a time, one in each lane. */
enum { LANES = 4, STATES = 6, HOPS_PER_S = 100 };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

/* States below this are the last echo of sound long gone; left alone they become denormal numbers, which are slow. */
static const double SILENT = 1e-15;

/* One group of channels through the high shelf and the high-pass, in direct form I: its chain of dependent operations is
   the shortest. `at` is where each lane stands in a frame; `energy` is what the squares of this hop have come to. */
WIDE static void filter(const float *samples, int64_t frames, int64_t channels, const int32_t *at,
                        const double *sections, lanes *state, lanes *energy)
{
    const double b0 = sections[0], b1 = sections[1], b2 = sections[2], a1 = sections[4], a2 = sections[5];
    const double d0 = sections[6], d1 = sections[7], d2 = sections[8], c1 = sections[10], c2 = sections[11];
    lanes x1 = state[0], x2 = state[1], y1 = state[2], y2 = state[3], z1 = state[4], z2 = state[5], sum = *energy;
    for (int64_t frame = 0; frame < frames; frame++, samples += channels) {
        const lanes x = {samples[at[0]], samples[at[1]], samples[at[2]], samples[at[3]]};
        const lanes y = ((b0 * x + b1 * x1 + b2 * x2) - a2 * y2) - a1 * y1;
        const lanes z = ((d0 * y + d1 * y1 + d2 * y2) - c2 * z2) - c1 * z1;
        x2 = x1, x1 = x, y2 = y1, y1 = y, z2 = z1, z1 = z;
        sum += z * z;
    }
    state[0] = x1, state[1] = x2, state[2] = y1, state[3] = y2, state[4] = z1, state[5] = z2, *energy = sum;
}

static void drop_echo(double *state)
{
    for (int number = 0; number < STATES * LANES; number++)
        if (fabs(state[number]) < SILENT)
            state[number] = 0.0;
}

/* Returns how many hops were completed and written to `hop_mean_square`. `state` and `energy` are carried from call to
   call, so that it does not matter how the sound is cut. */
PUBLIC int64_t
hop_energy(const float *samples, int64_t frames, int64_t channels, int64_t groups, const int32_t *at,
           const double *weights, const double *sections, double *state, double *energy, int64_t rate_hz,
           int64_t frames_before, double *hop_mean_square)
{
    int64_t written = 0, hop = frames_before * HOPS_PER_S / rate_hz;
    /* Where the rate is no multiple of 100 Hz, hops differ by one sample and still make up exactly a second. */
    while ((hop + 1) * rate_hz / HOPS_PER_S <= frames_before)
        hop++;
    for (int64_t done = 0; done < frames;) {
        const int64_t start = hop * rate_hz / HOPS_PER_S, end = (hop + 1) * rate_hz / HOPS_PER_S;
        const int64_t left = end - frames_before - done, count = left < frames - done ? left : frames - done;
        double weighted = 0.0;
        for (int64_t group = 0; group < groups; group++) {
            double *const own_state = state + group * STATES * LANES, *const own_energy = energy + group * LANES;
            lanes held[STATES], sum;
            memcpy(held, own_state, sizeof held);
            memcpy(&sum, own_energy, sizeof sum);
            filter(samples + done * channels, count, channels, at + group * LANES, sections, held, &sum);
            memcpy(own_state, held, sizeof held);
            memcpy(own_energy, &sum, sizeof sum);
            if (count == left) {
                drop_echo(own_state);
                for (int lane = 0; lane < LANES; lane++)
                    weighted += weights[group * LANES + lane] * own_energy[lane];
                memset(own_energy, 0, sizeof sum);
            }
        }
        done += count;
        if (count == left) {
            hop_mean_square[written++] = weighted / (double)(end - start);
            hop++;
        }
    }
    return written;
}
