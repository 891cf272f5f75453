/* Samples of 24 bits as files hold them, three bytes each, low byte first. See `packed_samples.py`. */

#include <math.h>

#include "loops.h"

PUBLIC WIDE int64_t unpack_24(const uint8_t *packed, int64_t count, float *samples)
{
    const float scale = 1.0f / 8388608.0f;
    int64_t at = 0;
    /* Four bytes are read for three, so the last sample is left to the loop behind. */
    for (; at + 1 < count; at++) {
        int32_t bits;
        memcpy(&bits, packed + 3 * at, sizeof bits);
        samples[at] = (float)((int32_t)((uint32_t)bits << 8) >> 8) * scale;
    }
    for (; at < count; at++) {
        const uint8_t *bytes = packed + 3 * at;
        const uint32_t bits = (uint32_t)bytes[0] << 8 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 24;
        samples[at] = (float)((int32_t)bits >> 8) * scale;
    }
    return count;
}

/* The nearest codes of samples in units of the lowest bit; what lies outside of the scale gets its end. */
#define PACK_24(NAME, NUMBER, ROUND)                                                                                   \
    PUBLIC WIDE int64_t NAME(const NUMBER *scaled, int64_t count, uint8_t *packed)                                            \
    {                                                                                                                  \
        for (int64_t at = 0; at < count; at++) {                                                                       \
            NUMBER code = ROUND(scaled[at]);                                                                           \
            code = code > 8388607 ? 8388607 : code;                                                                    \
            code = code < -8388608 ? -8388608 : code;                                                                  \
            const uint32_t bits = (uint32_t)(int32_t)code;                                                             \
            packed[3 * at] = (uint8_t)bits;                                                                            \
            packed[3 * at + 1] = (uint8_t)(bits >> 8);                                                                 \
            packed[3 * at + 2] = (uint8_t)(bits >> 16);                                                                \
        }                                                                                                              \
        return count;                                                                                                  \
    }

PACK_24(pack_24_float, float, rintf)
PACK_24(pack_24_double, double, rint)

/* For each channel whether a sample lies farther from a whole number than `limit`. */
#define OFF_GRID(NAME, NUMBER, ROUND, MAGNITUDE)                                                                       \
    PUBLIC int64_t NAME(const NUMBER *scaled, int64_t frames, int64_t channels, float limit, uint8_t *strayed)                \
    {                                                                                                                  \
        int64_t count = 0;                                                                                             \
        for (int64_t channel = 0; channel < channels; channel++) {                                                     \
            strayed[channel] = 0;                                                                                      \
            for (int64_t frame = 0; frame < frames; frame++) {                                                         \
                const NUMBER value = scaled[frame * channels + channel];                                               \
                if (MAGNITUDE(value - ROUND(value)) > (NUMBER)limit) {                                                 \
                    strayed[channel] = 1;                                                                              \
                    count++;                                                                                           \
                    break;                                                                                             \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        return count;                                                                                                  \
    }

OFF_GRID(off_grid_float, float, rintf, fabsf)
OFF_GRID(off_grid_double, double, rint, fabs)
