/* Magnitudes of samples as the whole numbers that their bits are. */

#ifndef OPENCALL_MAGNITUDES_H
#define OPENCALL_MAGNITUDES_H

#include "loops.h"

/* The bits of magnitudes stand in the order of the magnitudes, infinity and what is no number above all. */
static int32_t magnitude(float value)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & INT32_MAX;
}

static float of_magnitude(int32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

WIDE static int32_t highest_sample(const float *samples, int64_t count)
{
    int32_t highest = 0;
    for (int64_t at = 0; at < count; at++) {
        const int32_t here = magnitude(samples[at]);
        highest = here > highest ? here : highest;
    }
    return highest;
}

#endif
