/* A sound card without hardware: an ALSA external I/O plug-in paced by CLOCK_MONOTONIC.
 *
 * What the application plays goes into a ring in a shared file, what it captures comes
 * from another; whoever maps the file (ring.py) is the world behind the card. Nobody
 * there can hold the card up: unread sound is overwritten, unfed sound is silence. With
 * a room the microphone hears the loudspeaker besides, sample by sample as air carries it.
 */
#include "room.h"

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct sim {
    snd_pcm_ioplug_t io;
    int timer;
    int file;
    struct ring_head *head;
    int16_t *frames;
    size_t mapped;
    long skew_ppm;
    int64_t start_ns;
    uint64_t hardware; /* frames the clock has passed since the start */
    uint64_t moved;    /* frames the application has moved since the start */
    int lost;          /* pulled out under this user: it is not his again when it returns */
    struct room room;
};

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* The pointer moves a millisecond at a time, as that of a USB card does. */
static uint64_t frames_passed(const struct sim *sim)
{
    __int128 elapsed_ns = monotonic_ns() - sim->start_ns;
    uint64_t milliseconds = (uint64_t)(elapsed_ns * (1000000 + sim->skew_ppm) / 1000000 / 1000000);
    return milliseconds * (sim->io.rate / 1000);
}

static int is_playback(const struct sim *sim)
{
    return sim->io.stream == SND_PCM_STREAM_PLAYBACK;
}

/* Whoever has it open when it is pulled out has lost it, as with a kernel's card: the next one may have it. */
static int is_gone(struct sim *sim)
{
    if (!sim->lost && __atomic_load_n(&sim->head->vanished, __ATOMIC_ACQUIRE) != 0) {
        sim->lost = 1;
        sim->head->open = 0;
        sim->head->running = 0;
        flock(sim->file, LOCK_UN);
    }
    return sim->lost;
}

static int card_start(snd_pcm_ioplug_t *io)
{
    struct sim *sim = io->private_data;
    int64_t period_ns = 1000000000LL * io->period_size / io->rate;
    struct itimerspec every;

    if (is_gone(sim))
        return -ENODEV;
    sim->start_ns = monotonic_ns();
    sim->hardware = 0;
    every.it_interval.tv_sec = period_ns / 1000000000LL;
    every.it_interval.tv_nsec = period_ns % 1000000000LL;
    every.it_value.tv_sec = (sim->start_ns + period_ns) / 1000000000LL;
    every.it_value.tv_nsec = (sim->start_ns + period_ns) % 1000000000LL;
    timerfd_settime(sim->timer, TFD_TIMER_ABSTIME, &every, NULL);
    sim->head->run_frame = is_playback(sim) ? sim->head->written - sim->moved : sim->head->taken;
    sim->head->run_unfed = sim->head->unfed;
    sim->head->run_start_ns = sim->start_ns;
    sim->head->running = 1;
    return 0;
}

static int card_stop(snd_pcm_ioplug_t *io)
{
    struct sim *sim = io->private_data;
    struct itimerspec never;

    memset(&never, 0, sizeof never);
    timerfd_settime(sim->timer, 0, &never, NULL);
    if (!is_gone(sim))
        sim->head->running = 0;
    return 0;
}

static int card_prepare(snd_pcm_ioplug_t *io)
{
    struct sim *sim = io->private_data;

    if (is_gone(sim)) { /* alsa-lib calls a failed pointer an xrun: a kernel says disconnected */
        snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
        return -ENODEV;
    }
    sim->hardware = 0;
    sim->moved = 0;
    return 0;
}

static snd_pcm_sframes_t overrun(struct sim *sim)
{
    sim->head->xruns++;
    return -EPIPE;
}

static snd_pcm_sframes_t card_pointer(snd_pcm_ioplug_t *io)
{
    struct sim *sim = io->private_data;
    uint64_t passed;

    if (is_gone(sim)) {
        snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
        return -ENODEV;
    }
    if (io->buffer_size == 0) /* asked for its status before it is set up */
        return 0;
    if (io->state != SND_PCM_STATE_RUNNING && io->state != SND_PCM_STATE_DRAINING)
        return sim->hardware % io->buffer_size;
    passed = frames_passed(sim);
    if (is_playback(sim) && passed > sim->moved) {
        if (io->state != SND_PCM_STATE_DRAINING)
            return overrun(sim);
        passed = sim->moved;
    }
    if (!is_playback(sim) && passed - sim->moved > io->buffer_size)
        return overrun(sim);
    sim->hardware = passed;
    return sim->hardware % io->buffer_size;
}

/* Copies between the application's buffer and the ring, in at most two pieces. */
static void copy_frames(struct sim *sim, int16_t *buffer, uint64_t at, snd_pcm_uframes_t count)
{
    unsigned channels = sim->io.channels;
    uint32_t capacity = sim->head->capacity;

    while (count > 0) {
        uint32_t place = at % capacity;
        snd_pcm_uframes_t piece = capacity - place < count ? capacity - place : count;
        int16_t *ring = sim->frames + (size_t)place * channels;
        size_t bytes = piece * channels * BYTES_PER_SAMPLE;

        if (is_playback(sim))
            memcpy(ring, buffer, bytes);
        else
            memcpy(buffer, ring, bytes);
        buffer += piece * channels;
        at += piece;
        count -= piece;
    }
}

static void play(struct sim *sim, int16_t *buffer, snd_pcm_uframes_t count)
{
    copy_frames(sim, buffer, sim->head->written, count);
    __atomic_store_n(&sim->head->written, sim->head->written + count, __ATOMIC_RELEASE);
}

static void capture(struct sim *sim, int16_t *buffer, snd_pcm_uframes_t count)
{
    uint64_t fed = __atomic_load_n(&sim->head->written, __ATOMIC_ACQUIRE) - sim->head->taken;
    snd_pcm_uframes_t there = fed < count ? fed : count;
    unsigned channels = sim->io.channels;

    copy_frames(sim, buffer, sim->head->taken, there);
    memset(buffer + there * channels, 0, (count - there) * channels * BYTES_PER_SAMPLE);
    sim->head->unfed += count - there;
    __atomic_store_n(&sim->head->taken, sim->head->taken + there, __ATOMIC_RELEASE);
}

static snd_pcm_sframes_t card_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                       snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
    struct sim *sim = io->private_data;
    int16_t *buffer = (int16_t *)((char *)areas->addr + (areas->first + areas->step * offset) / 8);

    if (is_gone(sim))
        return -ENODEV;
    if (is_playback(sim))
        play(sim, buffer, size);
    else {
        capture(sim, buffer, size);
        room_add(&sim->room, sim->start_ns, sim->moved, buffer, io->channels, size);
    }
    sim->moved += size;
    return size;
}

static snd_pcm_uframes_t available(struct sim *sim)
{
    uint64_t passed = sim->hardware;

    if (sim->io.state == SND_PCM_STATE_RUNNING || sim->io.state == SND_PCM_STATE_DRAINING)
        passed = frames_passed(sim);
    if (!is_playback(sim))
        return passed > sim->moved ? passed - sim->moved : 0;
    return sim->moved > passed ? sim->io.buffer_size - (sim->moved - passed) : sim->io.buffer_size;
}

static int card_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned count, unsigned short *events)
{
    struct sim *sim = io->private_data;
    uint64_t ticks;

    (void)fds;
    (void)count;
    if (read(sim->timer, &ticks, sizeof ticks) < 0 && errno != EAGAIN)
        return -errno;
    if (is_gone(sim)) {
        snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
        *events = POLLERR | POLLHUP;
        return 0;
    }
    *events = 0;
    if (available(sim) >= io->period_size)
        *events = is_playback(sim) ? POLLOUT : POLLIN;
    return 0;
}

static int card_drain(snd_pcm_ioplug_t *io)
{
    struct sim *sim = io->private_data;

    while (is_playback(sim) && !io->nonblock && !is_gone(sim) && frames_passed(sim) < sim->moved) {
        struct timespec pause = {0, 1000000};
        nanosleep(&pause, NULL);
    }
    return 0;
}

static void release(struct sim *sim)
{
    if (sim->head != NULL && sim->head != MAP_FAILED)
        munmap(sim->head, sim->mapped);
    room_leave(&sim->room);
    if (sim->file >= 0)
        close(sim->file); /* lets go of the lock, too */
    if (sim->timer >= 0)
        close(sim->timer);
    free(sim);
}

static int card_close(snd_pcm_ioplug_t *io)
{
    struct sim *sim = io->private_data;

    if (!is_gone(sim)) {
        sim->head->open = 0;
        sim->head->running = 0;
    }
    release(sim);
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = card_start,
    .stop = card_stop,
    .prepare = card_prepare,
    .pointer = card_pointer,
    .transfer = card_transfer,
    .poll_revents = card_poll_revents,
    .drain = card_drain,
    .close = card_close,
};

/* Maps the ring that ring.py made; one application at a time, as with a real card. */
static int map_ring(struct sim *sim, const char *path)
{
    struct stat status;

    sim->file = open(path, O_RDWR | O_CLOEXEC);
    if (sim->file < 0)
        return -ENODEV;
    if (flock(sim->file, LOCK_EX | LOCK_NB) < 0)
        return -EBUSY;
    if (fstat(sim->file, &status) < 0 || status.st_size <= HEADER_BYTES)
        return -EINVAL;
    sim->mapped = status.st_size;
    sim->head = mmap(NULL, sim->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, sim->file, 0);
    if (sim->head == MAP_FAILED)
        return -errno;
    if (sim->head->magic != RING_MAGIC || sim->head->channels < 1 || sim->head->channels > 2 ||
        HEADER_BYTES + (uint64_t)sim->head->capacity * sim->head->channels * BYTES_PER_SAMPLE > sim->mapped) {
        SNDERR("%s is no ring of the simulated card", path);
        return -EINVAL;
    }
    sim->frames = (int16_t *)((char *)sim->head + HEADER_BYTES);
    return is_gone(sim) ? -ENODEV : 0;
}

static int allow_parameters(struct sim *sim)
{
    static const unsigned access[] = {SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED};
    static const unsigned format[] = {SND_PCM_FORMAT_S16_LE};
    unsigned rate = sim->head->rate, channels = sim->head->channels;
    unsigned frame_bytes = channels * BYTES_PER_SAMPLE;
    snd_pcm_ioplug_t *io = &sim->io;
    int error;

    if ((error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, access)) < 0 ||
        (error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, format)) < 0 ||
        (error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, channels, channels)) < 0 ||
        (error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, rate, rate)) < 0 ||
        (error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, rate / 500 * frame_bytes,
                                                 rate / 2 * frame_bytes)) < 0 ||
        (error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, rate / 250 * frame_bytes,
                                                 rate * frame_bytes)) < 0)
        return error;
    return snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
}

/* What the configuration says of a card. */
struct fields {
    const char *playback;
    const char *capture;
    const char *room;
    long skew_ppm;
};

static int open_card(snd_pcm_t **pcm, const char *name, snd_pcm_stream_t stream, int mode, const struct fields *fields)
{
    int plays = stream == SND_PCM_STREAM_PLAYBACK;
    struct sim *sim = calloc(1, sizeof *sim);
    int error;

    if (sim == NULL)
        return -ENOMEM;
    sim->file = -1;
    sim->skew_ppm = fields->skew_ppm;
    sim->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (sim->timer < 0 || (error = map_ring(sim, plays ? fields->playback : fields->capture)) < 0 ||
        (!plays && fields->playback != NULL && (error = room_enter(&sim->room, fields->playback, fields->room)) < 0)) {
        error = sim->timer < 0 ? -errno : error;
        release(sim);
        return error;
    }
    sim->io.version = SND_PCM_IOPLUG_VERSION;
    sim->io.name = "Ranin simulated card";
    sim->io.callback = &callbacks;
    sim->io.private_data = sim;
    sim->io.poll_fd = sim->timer;
    sim->io.poll_events = POLLIN;
    if ((error = snd_pcm_ioplug_create(&sim->io, name, stream, mode)) < 0) {
        release(sim);
        return error;
    }
    if ((error = allow_parameters(sim)) < 0) {
        snd_pcm_ioplug_delete(&sim->io);
        return error;
    }
    sim->head->open = 1;
    *pcm = sim->io.pcm;
    return 0;
}

SND_PCM_PLUGIN_DEFINE_FUNC(ranin_sim)
{
    snd_config_iterator_t entry, next;
    struct fields fields = {NULL, NULL, "", 0};

    (void)root;
    snd_config_for_each(entry, next, conf)
    {
        snd_config_t *node = snd_config_iterator_entry(entry);
        const char *id;

        if (snd_config_get_id(node, &id) < 0 || !strcmp(id, "comment") || !strcmp(id, "type") || !strcmp(id, "hint"))
            continue;
        if (!strcmp(id, "playback") && snd_config_get_string(node, &fields.playback) == 0)
            continue;
        if (!strcmp(id, "capture") && snd_config_get_string(node, &fields.capture) == 0)
            continue;
        if (!strcmp(id, "room") && snd_config_get_string(node, &fields.room) == 0)
            continue;
        if (!strcmp(id, "skew_ppm") && snd_config_get_integer(node, &fields.skew_ppm) == 0)
            continue;
        SNDERR("ranin_sim: cannot use the field %s", id);
        return -EINVAL;
    }
    if ((stream == SND_PCM_STREAM_PLAYBACK ? fields.playback : fields.capture) == NULL)
        return -EINVAL;
    return open_card(pcmp, name, stream, mode, &fields);
}

SND_PCM_PLUGIN_SYMBOL(ranin_sim);
