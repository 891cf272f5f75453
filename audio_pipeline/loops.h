/* What every loop in C begins with. Whoever includes it is built anew when it changes: see `compiled.py`. */

#ifndef OPENCALL_LOOPS_H
#define OPENCALL_LOOPS_H

#include <stdint.h>
#include <string.h>

/* Python finds these functions by their names; all others stay inside. */
#define PUBLIC __attribute__((visibility("default")))

/* Wider registers where the processor has them. Results are the same: no sum is reordered, no product fused. */
#if !defined(WIDE) && defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#elif !defined(WIDE)
#define WIDE
#endif

#endif
