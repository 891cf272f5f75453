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

/* Of a code's four bytes the next one overwrites the last. */
static void pack(const int32_t *codes, int64_t count, uint8_t *packed)
{
    for (; count > 1; count--, codes++, packed += 3)
        memcpy(packed, codes, sizeof *codes);
    memcpy(packed, codes, 3 * (size_t)(count == 1));
}

/* What packing does for one kind of number. The nearest codes are taken, halves go to the even; what is off the scale
   gets its end. */
#define PACKING(NUMBER, ROUND, MAGNITUDE)                                                                              \
    static inline int32_t code_##NUMBER(NUMBER scaled)                                                                 \
    {                                                                                                                  \
        NUMBER code = ROUND(scaled);                                                                                   \
        code = code > 8388607 ? 8388607 : code;                                                                        \
        code = code < -8388608 ? -8388608 : code;                                                                      \
        return (int32_t)code;                                                                                          \
    }                                                                                                                  \
                                                                                                                       \
    WIDE static void plain_##NUMBER(const NUMBER *samples, int64_t count, int64_t step, int32_t *codes)                \
    {                                                                                                                  \
        for (int64_t at = 0; at < count; at += step)                                                                   \
            codes[at] = code_##NUMBER(samples[at] * 8388608);                                                          \
    }                                                                                                                  \
                                                                                                                       \
    WIDE static void dithered_##NUMBER(const NUMBER *samples, int64_t count, const float *noise, int32_t *codes)       \
    {                                                                                                                  \
        for (int64_t at = 0; at < count; at++)                                                                         \
            codes[at] = code_##NUMBER(samples[at] * 8388608 + noise[at]);                                              \
    }                                                                                                                  \
                                                                                                                       \
    /* Whether a sample of one channel lies farther from a whole code than `limit`. */                                 \
    WIDE static int64_t strays_##NUMBER(const NUMBER *samples, int64_t count, int64_t channels, NUMBER limit)          \
    {                                                                                                                  \
        for (int64_t at = 0; at < count; at += channels) {                                                             \
            const NUMBER scaled = samples[at] * 8388608;                                                               \
            if (MAGNITUDE(scaled - ROUND(scaled)) > limit)                                                             \
                return 1;                                                                                              \
        }                                                                                                              \
        return 0;                                                                                                      \
    }                                                                                                                  \
                                                                                                                       \
    /* Packs (frames, channels), full scale 1. To each segment noise is added from its own place in `noise` on, in units \
       of the lowest bit, but only to channels that stray: in most segments all do but a silent one. Without noise there \
       are no `segments`. */                                                                                           \
    PUBLIC int64_t pack_24_##NUMBER(const NUMBER *samples, int64_t frames, int64_t channels, const float *noise,       \
                                    const int64_t *places, int64_t segments, int64_t segment_frames, float limit,      \
                                    int32_t *codes, uint8_t *packed)                                                   \
    {                                                                                                                  \
        plain_##NUMBER(samples, segments ? 0 : frames * channels, 1, codes);                                           \
        for (int64_t segment = 0; segment < segments; segment++) {                                                     \
            const int64_t first = segment * segment_frames * channels, left = frames * channels - first;               \
            const int64_t count = left < segment_frames * channels ? left : segment_frames * channels;                 \
            const NUMBER *const own = samples + first;                                                                 \
            dithered_##NUMBER(own, count, noise + places[segment], codes + first);                                     \
            for (int64_t channel = 0; channel < channels; channel++)                                                   \
                if (!strays_##NUMBER(own + channel, count - channel, channels, (NUMBER)limit))                         \
                    plain_##NUMBER(own + channel, count - channel, channels, codes + first + channel);                 \
        }                                                                                                              \
        pack(codes, frames * channels, packed);                                                                        \
        return frames;                                                                                                 \
    }

PACKING(float, rintf, fabsf)
PACKING(double, rint, fabs)
