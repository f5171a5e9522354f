/* What a microphone hears of the loudspeaker beside it: the card's other ring, later and quieter, by several ways. */
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The sample that the loudspeaker gave off as its `frame`th; silence where it gave off none. */
static int32_t given_off(const struct ring_head *speaker, int64_t frame)
{
    const int16_t *frames = (const int16_t *)((const char *)speaker + HEADER_BYTES);
    int64_t written = (int64_t)__atomic_load_n(&speaker->written, __ATOMIC_ACQUIRE);

    if (frame < (int64_t)speaker->run_frame || frame >= written || frame < written - (int64_t)speaker->capacity)
        return 0;
    return frames[(uint64_t)frame % speaker->capacity * speaker->channels];
}

static int16_t clipped(int64_t sample)
{
    return sample > INT16_MAX ? INT16_MAX : sample < INT16_MIN ? INT16_MIN : (int16_t)sample;
}

/* Both directions of a card have one clock, and each knows when it started. */
void room_add(const struct room *room, int64_t start_ns, uint64_t first, int16_t *buffer, unsigned channels,
              unsigned long count)
{
    const struct ring_head *speaker = room->speaker;
    unsigned way, channel;
    unsigned long i;
    int64_t now;

    if (speaker == NULL || !speaker->running)
        return;
    now = (int64_t)speaker->run_frame + (int64_t)first +
          (int64_t)((__int128)(start_ns - speaker->run_start_ns) * speaker->rate / 1000000000LL);
    for (i = 0; i < count; ++i) {
        int64_t heard = 0;

        for (way = 0; way < room->count; ++way)
            heard += (int64_t)given_off(speaker, now + (int64_t)i - room->paths[way].frames) *
                     room->paths[way].permille;
        for (channel = 0; channel < channels; ++channel)
            buffer[i * channels + channel] = clipped(buffer[i * channels + channel] + heard / 1000);
    }
}

/* `FRAMES:PERMILLE` again and again. */
static int read_paths(struct room *room, const char *text)
{
    int read = 0;

    for (room->count = 0; *text != '\0'; text += read) {
        struct path *path = &room->paths[room->count];

        if (room->count == MOST_PATHS || sscanf(text, " %" SCNu32 ":%" SCNd32 " %n", &path->frames, &path->permille, &read) != 2)
            return -EINVAL;
        ++room->count;
    }
    return 0;
}

/* Maps what the loudspeaker plays. */
int room_enter(struct room *room, const char *speaker, const char *text)
{
    int error = read_paths(room, text), file;
    struct stat status;
    void *mapped;

    if (error < 0 || room->count == 0)
        return error;
    file = open(speaker, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -ENODEV;
    error = fstat(file, &status) < 0 || status.st_size <= HEADER_BYTES ? -EINVAL : 0;
    mapped = error < 0 ? MAP_FAILED : mmap(NULL, status.st_size, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED)
        return error < 0 ? error : -ENOMEM;
    room->speaker = mapped;
    room->mapped = status.st_size;
    return 0;
}

void room_leave(struct room *room)
{
    if (room->speaker != NULL)
        munmap((void *)room->speaker, room->mapped);
    room->speaker = NULL;
}
