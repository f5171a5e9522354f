/* The modem's side of a mobile call's sound: a descriptor that carries raw S16_LE, or an ALSA PCM.
 *
 * Nothing here waits: it is called from the bridge's clock, which is the handset's.
 */
#include "voice_end.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define MOST_AT_ONCE 4096
#define MOST_QUEUED_MS 120 /* more on its way to the modem is delay: a USB driver would take a second of it */
#define FIRST_LEAD_MS 20
#define MOST_LEAD_MS 80
#define LEARN_MS 10        /* for an underrun */
#define BUFFER_US 200000

static void clear(struct voice_end *end, unsigned rate)
{
    memset(end, 0, sizeof *end);
    end->descriptor = -1;
    end->rate = rate;
    end->lead_ms = FIRST_LEAD_MS;
}

void voice_end_descriptor(struct voice_end *end, int descriptor, unsigned rate)
{
    clear(end, rate);
    end->descriptor = descriptor;
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

static int descriptor_read(struct voice_end *end, int16_t *samples, unsigned most)
{
    unsigned char *bytes = (unsigned char *)samples;
    int kept = end->has_half_in;
    ssize_t got;

    bytes[0] = end->half_in;
    got = read(end->descriptor, bytes + kept, most * 2 - kept);
    if (got == 0)
        return -EIO;
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    got += kept;
    end->has_half_in = got & 1;
    if (end->has_half_in)
        end->half_in = bytes[got - 1];
    return (int)(got / 2);
}

static int is_full(const struct voice_end *end)
{
    int queued = 0;

    return ioctl(end->descriptor, TIOCOUTQ, &queued) == 0 && queued > (int)(end->rate * MOST_QUEUED_MS / 1000 * 2);
}

static int descriptor_write(struct voice_end *end, const int16_t *samples, unsigned count)
{
    unsigned char bytes[1 + 2 * MOST_AT_ONCE];
    int kept = end->has_half_out;
    ssize_t went;

    if (is_full(end))
        return 0;
    bytes[0] = end->half_out;
    memcpy(bytes + kept, samples, count * 2);
    went = write(end->descriptor, bytes, count * 2 + kept);
    if (went < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    end->has_half_out = (went - kept) & 1;
    if (end->has_half_out)
        end->half_out = bytes[went];
    return 0;
}

static int open_one(snd_pcm_t **pcm, const char *name, snd_pcm_stream_t stream, unsigned rate)
{
    int error = snd_pcm_open(pcm, name, stream, SND_PCM_NONBLOCK);

    if (error < 0) {
        *pcm = NULL;
        return error;
    }
    return snd_pcm_set_params(*pcm, SND_PCM_FORMAT_S16_LE, SND_PCM_ACCESS_RW_INTERLEAVED, 1, rate, 1, BUFFER_US);
}

static int start_capture(struct voice_end *end)
{
    int error = snd_pcm_prepare(end->capture);

    return error < 0 ? error : snd_pcm_start(end->capture);
}

static int start_playback(struct voice_end *end)
{
    static const int16_t silence[MOST_AT_ONCE];
    int error = snd_pcm_prepare(end->playback);
    snd_pcm_sframes_t went;

    if (error < 0)
        return error;
    went = snd_pcm_writei(end->playback, silence, end->rate * end->lead_ms / 1000);
    return went < 0 ? (int)went : snd_pcm_start(end->playback);
}

int voice_end_pcm(struct voice_end *end, const char *name, unsigned rate)
{
    int error;

    clear(end, rate);
    if ((error = open_one(&end->capture, name, SND_PCM_STREAM_CAPTURE, rate)) < 0 ||
        (error = open_one(&end->playback, name, SND_PCM_STREAM_PLAYBACK, rate)) < 0 ||
        (error = start_playback(end)) < 0 || (error = start_capture(end)) < 0)
        voice_end_close(end);
    return error < 0 ? error : 0;
}

static int is_broken_off(snd_pcm_sframes_t result)
{
    return result == -EPIPE || result == -ESTRPIPE;
}

static int pcm_read(struct voice_end *end, int16_t *samples, unsigned most)
{
    snd_pcm_sframes_t got = snd_pcm_readi(end->capture, samples, most);

    if (is_broken_off(got))
        return start_capture(end);
    return got == -EAGAIN ? 0 : (int)got;
}

static int pcm_write(struct voice_end *end, const int16_t *samples, unsigned count)
{
    snd_pcm_sframes_t delay = 0, went = snd_pcm_delay(end->playback, &delay);

    if (went == 0 && delay > (snd_pcm_sframes_t)(end->rate * MOST_QUEUED_MS / 1000))
        return 0;
    if (went == 0)
        went = snd_pcm_writei(end->playback, samples, count);
    if (is_broken_off(went)) {
        end->lead_ms += end->lead_ms < MOST_LEAD_MS ? LEARN_MS : 0;
        return start_playback(end);
    }
    return went < 0 && went != -EAGAIN ? (int)went : 0;
}

int voice_end_read(struct voice_end *end, int16_t *samples, unsigned most)
{
    return end->capture != NULL ? pcm_read(end, samples, most) : descriptor_read(end, samples, most);
}

int voice_end_write(struct voice_end *end, const int16_t *samples, unsigned count)
{
    count = count < MOST_AT_ONCE ? count : MOST_AT_ONCE;
    return end->playback != NULL ? pcm_write(end, samples, count) : descriptor_write(end, samples, count);
}

int voice_end_check(const struct voice_end *end)
{
    struct pollfd one = {end->descriptor, 0, 0};

    if (end->descriptor < 0 || poll(&one, 1, 0) < 1)
        return 0;
    return one.revents & (POLLHUP | POLLERR | POLLNVAL) ? -EIO : 0;
}

void voice_end_close(struct voice_end *end)
{
    if (end->capture != NULL)
        snd_pcm_close(end->capture);
    if (end->playback != NULL)
        snd_pcm_close(end->playback);
    if (end->descriptor >= 0) {
        tcflush(end->descriptor, TCIOFLUSH); /* else close waits for a hung modem to read */
        close(end->descriptor);
    }
    clear(end, end->rate);
}
