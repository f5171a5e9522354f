/* Sound between two clocks that are not the same (see drift.c). */
#ifndef RANIN_DRIFT_H
#define RANIN_DRIFT_H

#include <stdint.h>

#define DRIFT_CAPACITY 16384 /* samples, a power of two */

struct drift {
    int16_t ring[DRIFT_CAPACITY];
    unsigned rate;
    uint64_t written;   /* samples ever put in */
    uint64_t place;     /* of the next sample to be taken out */
    double fraction;    /* of a sample, beyond that place */
    double step;        /* samples in for a sample out */
    unsigned target;    /* samples that shall be left at the worst moment */
    unsigned least;     /* samples that were left at the worst moment of this window */
    unsigned watched;   /* samples taken out in this window */
    unsigned calm;      /* windows since the last gap */
    unsigned fade;      /* samples since sound has set in */
    int flowing;        /* 0: waits until enough is there */
    int last;           /* the sample that was taken out last */
    unsigned gaps;      /* how often it ran dry */
    unsigned cuts;      /* how often it had too much */
};

/* Makes it empty. `rate` in Hz. */
void drift_start(struct drift *drift, unsigned rate);

/* Puts in what one clock gives; the oldest is lost when there is no room. */
void drift_put(struct drift *drift, const int16_t *samples, unsigned count);

/* Takes out what the other clock wants: silence where nothing is there. */
void drift_get(struct drift *drift, int16_t *samples, unsigned count);

/* Samples that wait. */
unsigned drift_waiting(const struct drift *drift);

#endif
