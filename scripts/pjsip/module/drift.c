/* Sound between two clocks that are not the same: a modem's and the handset card's.
 *
 * One side puts samples in, the other takes them out, each in pieces of its own size. What is
 * left at the worst moment of half a second tells the two clocks apart: the sound is taken out
 * a little faster or slower until that is the target, by interpolation, so that nothing clicks
 * and the delay does not grow. The target learns from gaps and forgets slowly.
 * No lock, no allocation, no clock: whoever calls is the clock.
 */
#include "drift.h"

#include <math.h>
#include <string.h>

#define TAPS 24
#define AHEAD (TAPS / 2)
#define PHASES 64
#define MOST_AT_ONCE 480
#define FADE 32
#define MOST_STEP 0.01        /* a hundredth faster or slower is not heard as another pitch */
#define SETTLE_S 2.0          /* an error is worked off in about so long */
#define FIRST_TARGET_MS 15
#define LEAST_TARGET_MS 12    /* a piece that begins to come after the bridge's tick instead of before it is 10 ms late */
#define MOST_TARGET_MS 60
#define LEARN_MS 5            /* for a gap */
#define FORGET_WINDOWS 60     /* a millisecond is forgotten in so many windows without a gap */
#define MOST_WAITING_MS 150   /* beyond this it is no burst but a stall, and is cut */

static float kernel[PHASES + 1][TAPS];

static double hann_sinc(double t)
{
    if (fabs(t) < 1e-9)
        return 1.0;
    return sin(M_PI * t) / (M_PI * t) * (0.5 + 0.5 * cos(M_PI * t / (AHEAD + 0.5)));
}

/* Each phase gives a constant back unchanged. */
static void make_kernel(void)
{
    int phase, tap;

    if (kernel[0][AHEAD - 1] != 0)
        return;
    for (phase = 0; phase <= PHASES; ++phase) {
        double sum = 0;

        for (tap = 0; tap < TAPS; ++tap)
            sum += hann_sinc(tap - (AHEAD - 1) - (double)phase / PHASES);
        for (tap = 0; tap < TAPS; ++tap)
            kernel[phase][tap] = (float)(hann_sinc(tap - (AHEAD - 1) - (double)phase / PHASES) / sum);
    }
}

static unsigned ms(const struct drift *drift, unsigned milliseconds)
{
    return drift->rate * milliseconds / 1000;
}

void drift_start(struct drift *drift, unsigned rate)
{
    make_kernel();
    memset(drift, 0, sizeof *drift);
    drift->rate = rate;
    drift->written = drift->place = TAPS; /* zeros lie before the first sample */
    drift->step = 1.0;
    drift->target = ms(drift, FIRST_TARGET_MS);
    drift->least = UINT32_MAX;
}

unsigned drift_waiting(const struct drift *drift)
{
    uint64_t needed = drift->place + AHEAD;

    return drift->written > needed ? (unsigned)(drift->written - needed) : 0;
}

void drift_put(struct drift *drift, const int16_t *samples, unsigned count)
{
    unsigned i;
    uint64_t oldest;

    for (i = 0; i < count; ++i)
        drift->ring[(drift->written + i) % DRIFT_CAPACITY] = samples[i];
    drift->written += count;
    oldest = drift->written > DRIFT_CAPACITY - TAPS ? drift->written - (DRIFT_CAPACITY - TAPS) : 0;
    if (drift->place < oldest)
        drift->place = oldest;
}

static int clip(double value)
{
    return value > 32767 ? 32767 : value < -32768 ? -32768 : (int)lrint(value);
}

static int16_t interpolate(const struct drift *drift)
{
    double at = drift->fraction * PHASES;
    int phase = (int)at, tap;
    float between = (float)(at - phase), sum = 0;
    uint64_t first = drift->place - (AHEAD - 1);

    for (tap = 0; tap < TAPS; ++tap) {
        float weight = kernel[phase][tap] + between * (kernel[phase + 1][tap] - kernel[phase][tap]);

        sum += weight * drift->ring[(first + tap) % DRIFT_CAPACITY];
    }
    return (int16_t)clip(sum);
}

static void advance(struct drift *drift)
{
    drift->fraction += drift->step;
    drift->place += (uint64_t)drift->fraction;
    drift->fraction -= floor(drift->fraction);
}

static void render(struct drift *drift, int16_t *samples, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; ++i) {
        samples[i] = interpolate(drift);
        if (drift->fade < FADE)
            samples[i] = (int16_t)(samples[i] * (int)++drift->fade / FADE);
        advance(drift);
    }
    drift->last = samples[count - 1];
}

static void begin_window(struct drift *drift)
{
    drift->least = UINT32_MAX;
    drift->watched = 0;
}

static void forget(struct drift *drift)
{
    if (++drift->calm < FORGET_WINDOWS)
        return;
    drift->calm = 0;
    if (drift->target > ms(drift, LEAST_TARGET_MS))
        drift->target -= ms(drift, 1);
}

static void steer(struct drift *drift)
{
    double error = ((double)drift->least - drift->target) / (SETTLE_S * drift->rate);

    drift->step = 1.0 + (error > MOST_STEP ? MOST_STEP : error < -MOST_STEP ? -MOST_STEP : error);
    forget(drift);
    begin_window(drift);
}

static void watch(struct drift *drift, unsigned count)
{
    unsigned left = drift_waiting(drift);

    if (left < drift->least)
        drift->least = left;
    drift->watched += count;
    if (drift->watched >= drift->rate / 2)
        steer(drift);
}

/* It has run dry: what was taken out last fades, and the next sound waits until more is there. */
static void gap(struct drift *drift, int16_t *samples, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; ++i)
        samples[i] = i < FADE ? (int16_t)(drift->last * (int)(FADE - i) / FADE) : 0;
    drift->last = 0;
    drift->flowing = 0;
    drift->calm = 0;
    ++drift->gaps;
    if (drift->target < ms(drift, MOST_TARGET_MS))
        drift->target += ms(drift, LEARN_MS);
    begin_window(drift);
}

/* Nobody took anything out for a while: go on with the newest, from the one sound into the other. */
static void cut(struct drift *drift, int16_t *samples, unsigned count, unsigned wanted)
{
    int16_t newer[MOST_AT_ONCE];
    unsigned i;

    render(drift, samples, count);
    drift->place = drift->written - AHEAD - drift->target - wanted - 1;
    render(drift, newer, count);
    for (i = 0; i < count; ++i)
        samples[i] = (int16_t)((samples[i] * (int)(count - i) + newer[i] * (int)i) / (int)count);
    ++drift->cuts;
    begin_window(drift);
}

static void take(struct drift *drift, int16_t *samples, unsigned count, unsigned wanted)
{
    if (drift_waiting(drift) > drift->target + wanted + ms(drift, MOST_WAITING_MS))
        cut(drift, samples, count, wanted);
    else
        render(drift, samples, count);
}

void drift_get(struct drift *drift, int16_t *samples, unsigned count)
{
    unsigned needed = (unsigned)(count * drift->step) + 1, done, piece;
    unsigned there = drift_waiting(drift);

    if (count == 0)
        return;
    if (!drift->flowing && there < needed + drift->target) {
        memset(samples, 0, count * sizeof *samples);
        return;
    }
    if (there < needed) {
        gap(drift, samples, count);
        return;
    }
    if (!drift->flowing)
        drift->fade = 0;
    drift->flowing = 1;
    for (done = 0; done < count; done += piece) {
        piece = count - done < MOST_AT_ONCE ? count - done : MOST_AT_ONCE;
        take(drift, samples + done, piece, count - done);
    }
    watch(drift, count);
}
