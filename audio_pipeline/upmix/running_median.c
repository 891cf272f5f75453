/* Medians of a window that runs along one axis. `running_median.py` says what the arguments are.

   The window is kept sorted. Each step takes the oldest value out and the newest in, in one walk over it, for as many
   lines at a time as there are lanes: without a branch, so that all lanes go the same way. */

#include "loops.h"

enum { LANES = 16, WIDEST = 63 };

/* `sorted` loses `oldest` and gains `newest`. From where the oldest stands everything moves down by one; what is carried
   up meanwhile is the larger of itself and what it meets. */
WIDE static void step(float sorted[WIDEST + 1][LANES], int64_t width, const float *oldest, const float *newest)
{
    float carried[LANES];
    memcpy(carried, newest, sizeof carried);
    for (int64_t place = 0; place < width - 1; place++)
        for (int lane = 0; lane < LANES; lane++) {
            const float here = sorted[place][lane], above = sorted[place + 1][lane], up = carried[lane];
            const float kept = here < oldest[lane] ? here : above;
            sorted[place][lane] = kept < up ? kept : up;
            carried[lane] = kept < up ? up : kept;
        }
    memcpy(sorted[width - 1], carried, sizeof carried);
}

static void insert(float sorted[WIDEST + 1][LANES], int64_t held, const float *newest)
{
    for (int lane = 0; lane < LANES; lane++) {
        float carried = newest[lane];
        for (int64_t place = 0; place < held; place++) {
            const float here = sorted[place][lane];
            sorted[place][lane] = here < carried ? here : carried;
            carried = here < carried ? carried : here;
        }
        sorted[held][lane] = carried;
    }
}

static void fetch(const float *from, int64_t line_step, int64_t lines, float *values)
{
    for (int lane = 0; lane < LANES; lane++)
        values[lane] = from[(lane < lines ? lane : lines - 1) * line_step];
}

/* Returns the number of medians of a line. */
PUBLIC int64_t
running_median(const float *samples, int64_t lines, int64_t length, int64_t line_step, int64_t step_along,
               int64_t width, float *medians, int64_t out_line_step, int64_t out_step_along)
{
    const int64_t count = length - width + 1;
    for (int64_t line = 0; line < lines; line += LANES) {
        const float *const first = samples + line * line_step;
        float *const out = medians + line * out_line_step;
        const int64_t used = lines - line < LANES ? lines - line : LANES;
        float sorted[WIDEST + 1][LANES], oldest[LANES], newest[LANES];
        for (int64_t held = 0; held < width; held++) {
            fetch(first + held * step_along, line_step, used, newest);
            insert(sorted, held, newest);
        }
        for (int64_t at = 0; at < count; at++) {
            if (at) {
                fetch(first + (at - 1) * step_along, line_step, used, oldest);
                fetch(first + (at + width - 1) * step_along, line_step, used, newest);
                step(sorted, width, oldest, newest);
            }
            for (int64_t lane = 0; lane < used; lane++)
                out[lane * out_line_step + at * out_step_along] = sorted[width / 2][lane];
        }
    }
    return count;
}
