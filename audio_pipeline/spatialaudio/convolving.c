/* Every column through a filter of its own: overlap-save over Fourier transforms. See `convolving.py`. */

#include "loops.h"

/* Each lane holds two columns, one as the real and one as the imaginary part of a complex signal. */
enum { LANES = 8 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t marks __attribute__((vector_size(LANES * sizeof(int32_t)), aligned(sizeof(int32_t)), may_alias));
typedef struct {
    lanes re, im;
} point;

/* Decimation in frequency by four, in place; frequencies come out in the order of reversed digits, base 4.
   `turns` holds three complex factors for each first quarter of a span, spans from the longest to 4. */
WIDE static void forward(point *z, int64_t length, const float *turns)
{
    int64_t span = length;
    for (; span >= 4; turns += 6 * (span / 4), span /= 4) {
        const int64_t quarter = span / 4;
        for (int64_t start = 0; start < length; start += span)
            for (int64_t at = 0; at < quarter; at++) {
                point *const a = z + start + at, *const b = a + quarter, *const c = b + quarter, *const d = c + quarter;
                const float *const w = turns + 6 * at;
                const lanes sum_re = a->re + c->re, sum_im = a->im + c->im;
                const lanes gap_re = a->re - c->re, gap_im = a->im - c->im;
                const lanes odd_re = b->re + d->re, odd_im = b->im + d->im;
                const lanes turned_re = b->im - d->im, turned_im = d->re - b->re;
                const lanes y1_re = gap_re + turned_re, y1_im = gap_im + turned_im;
                const lanes y2_re = sum_re - odd_re, y2_im = sum_im - odd_im;
                const lanes y3_re = gap_re - turned_re, y3_im = gap_im - turned_im;
                a->re = sum_re + odd_re, a->im = sum_im + odd_im;
                b->re = y1_re * w[0] - y1_im * w[1], b->im = y1_re * w[1] + y1_im * w[0];
                c->re = y2_re * w[2] - y2_im * w[3], c->im = y2_re * w[3] + y2_im * w[2];
                d->re = y3_re * w[4] - y3_im * w[5], d->im = y3_re * w[5] + y3_im * w[4];
            }
    }
    for (point *a = z; span == 2 && a < z + length; a += 2) {
        const point sum = {a[0].re + a[1].re, a[0].im + a[1].im}, gap = {a[0].re - a[1].re, a[0].im - a[1].im};
        a[0] = sum, a[1] = gap;
    }
}

/* The way back, without the division by `length`; `turns` points behind the last factor. */
WIDE static void inverse(point *z, int64_t length, const float *turns)
{
    int64_t span = 4;
    for (int64_t left = length; left > 1; left /= 4)
        if (left == 2)
            span = 2;
    for (point *a = z; span == 2 && a < z + length; a += 2) {
        const point sum = {a[0].re + a[1].re, a[0].im + a[1].im}, gap = {a[0].re - a[1].re, a[0].im - a[1].im};
        a[0] = sum, a[1] = gap;
    }
    for (span = span == 2 ? 8 : 4; span <= length; span *= 4) {
        const int64_t quarter = span / 4;
        turns -= 6 * quarter;
        for (int64_t start = 0; start < length; start += span)
            for (int64_t at = 0; at < quarter; at++) {
                point *const a = z + start + at, *const b = a + quarter, *const c = b + quarter, *const d = c + quarter;
                const float *const w = turns + 6 * at;
                const lanes y1_re = b->re * w[0] + b->im * w[1], y1_im = b->im * w[0] - b->re * w[1];
                const lanes y2_re = c->re * w[2] + c->im * w[3], y2_im = c->im * w[2] - c->re * w[3];
                const lanes y3_re = d->re * w[4] + d->im * w[5], y3_im = d->im * w[4] - d->re * w[5];
                const lanes sum_re = a->re + y2_re, sum_im = a->im + y2_im;
                const lanes gap_re = a->re - y2_re, gap_im = a->im - y2_im;
                const lanes odd_re = y1_re + y3_re, odd_im = y1_im + y3_im;
                const lanes turned_re = y3_im - y1_im, turned_im = y1_re - y3_re;
                a->re = sum_re + odd_re, a->im = sum_im + odd_im;
                b->re = gap_re + turned_re, b->im = gap_im + turned_im;
                c->re = sum_re - odd_re, c->im = sum_im - odd_im;
                d->re = gap_re - turned_re, d->im = gap_im - turned_im;
            }
    }
}

/* Both columns of a lane meet their own filters: Y(k) = Z(k) S(k) + Z*(−k) D(k), where S is half the sum of the two
   responses and D half their difference. `mirrors` names the places of k and −k, `filters` S and D at k. */
WIDE static void respond(point *z, int64_t pairs, const int32_t *mirrors, const float *filters)
{
    for (int64_t pair = 0; pair < pairs; pair++, mirrors += 2, filters += 4 * LANES) {
        lanes s_re, s_im, d_re, d_im;
        memcpy(&s_re, filters, sizeof s_re);
        memcpy(&s_im, filters + LANES, sizeof s_im);
        memcpy(&d_re, filters + 2 * LANES, sizeof d_re);
        memcpy(&d_im, filters + 3 * LANES, sizeof d_im);
        const point a = z[mirrors[0]], b = z[mirrors[1]];
        z[mirrors[1]].re = (b.re * s_re + b.im * s_im) + (a.re * d_re - a.im * d_im);
        z[mirrors[1]].im = (b.im * s_re - b.re * s_im) - (a.re * d_im + a.im * d_re);
        z[mirrors[0]].re = (a.re * s_re - a.im * s_im) + (b.re * d_re + b.im * d_im);
        z[mirrors[0]].im = (a.re * s_im + a.im * s_re) + (b.re * d_im - b.im * d_re);
    }
}

/* Frames of up to 2 · LANES columns as points, and points added to frames. */
WIDE static void gather(const float *frame, int64_t frames, int64_t width, int64_t columns, point *z)
{
    const int64_t seconds = columns - LANES;
    for (const point *end = z + frames; z < end; z++, frame += width) {
        if (seconds < 0) {
            z->re = (lanes){0};
            for (int64_t column = 0; column < columns; column++)
                z->re[column] = frame[column];
        } else
            z->re = *(const lanes *)frame;
        if (seconds == LANES)
            z->im = *(const lanes *)(frame + LANES);
        else {
            z->im = (lanes){0};
            for (int64_t column = 0; column < seconds; column++)
                z->im[column] = frame[LANES + column];
        }
    }
}

/* Adds points to frames, but for columns that are not among the `sounding` ones: a transform spreads its rounding errors
   over both columns of a lane, and where nothing sounds there must be silence. */
WIDE static void scatter(const point *z, int64_t frames, const marks *sounding, int64_t columns, float *frame,
                         int64_t width)
{
    const marks first = sounding[0], second = sounding[1];
    const int64_t seconds = columns - LANES;
    for (const point *end = z + frames; z < end; z++, frame += width) {
        const lanes re = (lanes)((marks)z->re & first), im = (lanes)((marks)z->im & second);
        if (seconds < 0)
            for (int64_t column = 0; column < columns; column++)
                frame[column] += re[column];
        else
            *(lanes *)frame += re;
        if (seconds == LANES)
            *(lanes *)(frame + LANES) += im;
        else
            for (int64_t column = 0; column < seconds; column++)
                frame[LANES + column] += im[column];
    }
}

/* Marks the columns that are not silent, and counts them. */
WIDE static int64_t listen(const point *z, int64_t frames, marks *sounding)
{
    marks first = {0}, second = {0};
    int64_t count = 0;
    for (const point *end = z + frames; z < end; z++)
        first |= z->re != 0.0f, second |= z->im != 0.0f;
    for (int lane = 0; lane < LANES; lane++)
        count -= first[lane] + second[lane];
    sounding[0] = first, sounding[1] = second;
    return count;
}

/* Filters the next `frames` of `columns` columns, which stand `first` columns into frames of `width`, and adds them to
   the first columns of `out`. `history` holds the `tail` frames before them, and holds the latest ones afterwards.
   `work` has room for `length` points. Returns how many columns were not silent. */
PUBLIC int64_t
convolve(const float *samples, int64_t frames, int64_t width, int64_t first, int64_t columns, float *history,
         int64_t tail, int64_t length, const float *turns, int64_t turns_count, const int32_t *mirrors, int64_t pairs,
         const float *filters, float *work, float *out, int64_t out_width)
{
    int64_t sounding = 0;
    point *const z = (point *)work;
    for (int64_t from = 0; from < columns; from += 2 * LANES, filters += pairs * 4 * LANES) {
        const int64_t taken = columns - from < 2 * LANES ? columns - from : 2 * LANES;
        gather(history + from, tail, columns, taken, z);
        gather(samples + first + from, frames, width, taken, z + tail);
        marks own[2];
        const int64_t count = listen(z, tail + frames, own);
        sounding += count;
        if (!count)
            continue;
        memset(z + tail + frames, 0, (size_t)(length - tail - frames) * sizeof *z);
        forward(z, length, turns);
        respond(z, pairs, mirrors, filters);
        inverse(z, length, turns + turns_count);
        scatter(z + tail, frames, own, taken, out + from, out_width);
    }
    const int64_t kept = frames < tail ? tail - frames : 0;
    memmove(history, history + (tail - kept) * columns, (size_t)(kept * columns) * sizeof *history);
    for (int64_t frame = kept; frame < tail; frame++)
        memcpy(history + frame * columns, samples + (frames - tail + frame) * width + first,
               (size_t)columns * sizeof *history);
    return sounding;
}
