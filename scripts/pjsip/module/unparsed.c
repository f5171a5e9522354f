/* A request that cannot be parsed still deserves a final answer (RFC 3261 sections 8.2 and 16.3, RFC 4475):
 * without one its sender sends it again for 32 seconds. Nothing of it is understood here, so what must come
 * back (section 8.2.6.2) is copied line by line, as it came.
 */
#include "unparsed.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const KEPT[] = {"Via", "v", "From", "f", "To", "t", "Call-ID", "i", "CSeq"};
static const char *const SCHEMES[] = {"sip", "sips", "tel"};

struct piece {
    const char *start;
    size_t length;
};

static int is(struct piece word, const char *text)
{
    return word.length == strlen(text) && strncasecmp(word.start, text, word.length) == 0;
}

static int is_one_of(struct piece word, const char *const *texts, size_t count)
{
    size_t i;

    for (i = 0; i < count; ++i) {
        if (is(word, texts[i]))
            return 1;
    }
    return 0;
}

/* The first of text up to one of the letters, or all of it. */
static struct piece upto(struct piece text, const char *letters)
{
    struct piece word = {text.start, 0};

    while (word.length < text.length && strchr(letters, word.start[word.length]) == NULL)
        ++word.length;
    return word;
}

static struct piece after(struct piece text, struct piece head)
{
    struct piece rest = {head.start + head.length, text.length - (size_t)(head.start - text.start) - head.length};

    while (rest.length > 0 && (*rest.start == ' ' || *rest.start == '\t'))
        ++rest.start, --rest.length;
    return rest;
}

/* Takes a line with its folded ones off the text; without the last line's end. */
static struct piece take_line(struct piece *text)
{
    struct piece line = {text->start, 0};
    size_t next;

    do {
        const char *end = memchr(line.start + line.length, '\n', text->length - line.length);

        line.length = end == NULL ? text->length : (size_t)(end - line.start);
        next = end == NULL ? text->length : line.length + 1;
        if (next < text->length && (line.start[next] == ' ' || line.start[next] == '\t'))
            line.length = next;
        else
            break;
    } while (1);
    text->start += next;
    text->length -= next;
    while (line.length > 0 && line.start[line.length - 1] == '\r')
        --line.length;
    return line;
}

static struct piece first_line(const char *packet, size_t length)
{
    struct piece text = {packet, length};

    return upto(text, "\r\n");
}

/* Splits the first line; 0 if it is none of a request that may be answered: no SIP, a response, an ACK. */
static int request_line(const char *packet, size_t length, struct piece *method, struct piece *uri,
                        struct piece *version)
{
    struct piece line = first_line(packet, length);
    size_t end = line.length;

    while (end > 0 && strchr(" \t", line.start[end - 1]) != NULL)
        --end;
    line.length = end;
    while (end > 0 && strchr(" \t", line.start[end - 1]) == NULL)
        --end;
    version->start = line.start + end;
    version->length = line.length - end;
    *method = upto(line, " \t");
    *uri = after(line, *method);
    return version->length > 4 && strncasecmp(version->start, "SIP/", 4) == 0 && method->length > 0 &&
           memchr(method->start, '/', method->length) == NULL && !is(*method, "ACK");
}

int unparsed_status(const char *packet, size_t length)
{
    struct piece method, uri, version, scheme;

    if (!request_line(packet, length, &method, &uri, &version))
        return 0;
    if (!is(version, "SIP/2.0"))
        return 505;
    scheme = upto(uri, ": <\"");
    if (scheme.length > 0 && scheme.length < uri.length && uri.start[scheme.length] == ':' &&
        !is_one_of(scheme, SCHEMES, sizeof(SCHEMES) / sizeof(*SCHEMES)))
        return 416;
    return 400;
}

void unparsed_method(const char *packet, size_t length, char *method, size_t room)
{
    struct piece word, uri, version;

    if (!request_line(packet, length, &word, &uri, &version))
        word.length = 0;
    snprintf(method, room, "%.*s", (int)word.length, word.start);
}

static const char *reason(int status)
{
    return status == 405 ? "Method Not Allowed" : status == 416 ? "Unsupported URI Scheme" :
           status == 505 ? "Version Not Supported" : "Bad Request";
}

/* The same for each repetition of the request (section 8.2.7). */
static uint32_t tag_of(const char *packet, size_t length)
{
    uint32_t sum = 2166136261u;

    while (length-- > 0)
        sum = (sum ^ (unsigned char)*packet++) * 16777619u;
    return sum;
}

static int has_tag(struct piece line)
{
    size_t i;

    for (i = 0; i + 3 < line.length; ++i) {
        if (strncasecmp(line.start + i, "tag", 3) == 0 && strchr(" \t=", line.start[i + 3]) != NULL)
            return 1;
    }
    return 0;
}

size_t unparsed_answer(const char *packet, size_t length, int status, const char *header, char *answer, size_t room)
{
    struct piece text = {packet, length}, line;
    int used = snprintf(answer, room, "SIP/2.0 %d %s\r\n", status, reason(status)), routable = 0;

    take_line(&text);
    while (text.length > 0 && (line = take_line(&text)).length > 0) {
        struct piece name = upto(line, ": \t");

        if (!is_one_of(name, KEPT, sizeof(KEPT) / sizeof(*KEPT)) || used < 0 || (size_t)used >= room)
            continue;
        routable |= is(name, "Via") || is(name, "v");
        used += snprintf(answer + used, room - (size_t)used, "%.*s", (int)line.length, line.start);
        if ((is(name, "To") || is(name, "t")) && !has_tag(line) && (size_t)used < room)
            used += snprintf(answer + used, room - (size_t)used, ";tag=%08x", tag_of(packet, length));
        if ((size_t)used < room)
            used += snprintf(answer + used, room - (size_t)used, "\r\n");
    }
    if (!routable || used < 0 || (size_t)used >= room)
        return 0;
    used += snprintf(answer + used, room - (size_t)used, "%sContent-Length: 0\r\n\r\n", header);
    return (size_t)used < room ? (size_t)used : 0;
}
