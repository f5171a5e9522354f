/* Ranin's settings of PJSIP: an audio phone that listens to its server alone. */
#define PJMEDIA_HAS_VIDEO 0
#define PJ_HAS_IPV6 1
#define PJMEDIA_SRTP_HAS_DTLS 1
/* A hello from elsewhere must not take the keys (CVE-2023-49786 and its kin). */
#define PJMEDIA_SRTP_DTLS_CHECK_HELLO_ADDR 1
#define PJMEDIA_HAS_RTCP_XR 1
#define PJMEDIA_HAS_OPUS_CODEC 1
/* Room for callers who are told busy while calls are held. */
#define PJSUA_MAX_CALLS 32
/* Sixteen lines, the LAN, and some that are being replaced. */
#define PJSUA_MAX_ACC 24
/* A list of fifty colleagues, told of at once; each message sent keeps a buffer as long as this until its transaction
 * ends, and each transport one for what it receives. */
#define PJSIP_MAX_PKT_LEN 24000
/* The phone opens its connections itself; nobody may connect to it but the phones on its LAN (module/ranin_lan.c). */
#define PJSIP_TCP_TRANSPORT_DONT_CREATE_LISTENER 1
#define PJSIP_TLS_TRANSPORT_DONT_CREATE_LISTENER 1
/* A phone that goes from address to address leaves sockets that wait some seconds for late answers. */
#define PJ_IOQUEUE_MAX_HANDLES 256
/* The core decides whether and when a caller hears of us. */
#define PJSUA_DISABLE_AUTO_SEND_100 0
/* Short frames are heard: 10 ms on the bridge, for the pjsua we compare with as well. */
#define PJSUA_DEFAULT_AUDIO_FRAME_PTIME 10
/* The card's own clock drives the bridge: a clock beside it costs a buffer more each way, 35 ms mouth to ear. */
#define PJSUA_DEFAULT_SND_USE_SW_CLOCK PJ_FALSE
/* Between the card's two directions at most 40 ms of sound wait; half of it is where the buffer begins to learn. */
#define PJMEDIA_SOUND_BUFFER_COUNT 4
/* Enough for the longest cadence of a country's tones. */
#define PJMEDIA_TONEGEN_MAX_DIGITS 32
