/* The ring that ring.py shares with the card, and the room in which it stands. */
#ifndef RANIN_ROOM_H
#define RANIN_ROOM_H

#include <stddef.h>
#include <stdint.h>

#define RING_MAGIC 0x314e4152u /* "RAN1" */
#define HEADER_BYTES 4096
#define BYTES_PER_SAMPLE 2
#define MOST_PATHS 32

/* The head of the shared file; ring.py reads and writes the same layout. */
struct ring_head {
    uint32_t magic;
    uint32_t rate;
    uint32_t channels;
    uint32_t capacity;     /* frames that fit behind the head */
    uint64_t written;      /* frames ever put in */
    uint64_t taken;        /* frames ever taken out (capture) */
    uint64_t run_frame;    /* value of written/taken when the stream last started */
    int64_t run_start_ns;  /* CLOCK_MONOTONIC of that start */
    uint32_t xruns;
    uint32_t open;         /* 1 while an application has the stream */
    uint32_t vanished;     /* 1: the card is pulled out */
    uint32_t running;
    uint64_t unfed;        /* frames of silence for want of anything else (capture) */
    uint64_t run_unfed;    /* value of unfed when the stream last started */
};

/* One way from the loudspeaker to the microphone. */
struct path {
    uint32_t frames; /* how long it takes */
    int32_t permille; /* what is left of the sound */
};

/* What the microphone hears of the loudspeaker: the ring of the card's other direction, and the ways between. */
struct room {
    struct path paths[MOST_PATHS];
    unsigned count;
    const struct ring_head *speaker;
    size_t mapped;
};

/* Puts the microphone into the loudspeaker's room; `text` names the ways of sound. 0 or a negative errno. */
int room_enter(struct room *room, const char *speaker, const char *text);

/* Lets go of it. */
void room_leave(struct room *room);

/* Adds what is heard of the loudspeaker to the frames captured from `first` on, counted since `start_ns`. */
void room_add(const struct room *room, int64_t start_ns, uint64_t first, int16_t *buffer, unsigned channels,
              unsigned long count);

#endif
