/* The least that a fan-out can cost: one thread, one epoll, one frame built once and written to every socket.
 *
 * Prints the port for WebSockets and the one for messages. A message is u32 length (big endian), u8 opcode, payload;
 * every open WebSocket gets it as one frame. What a socket does not take at once waits for it. Nothing is checked that
 * a gateway must check: this is the floor that others are compared with.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 4096
enum role { FREE, WEB_DOOR, MESSAGE_DOOR, OPENING, OPEN, MESSAGES };
struct peer {
    enum role role;
    uint8_t *waiting; /* OPEN: what the kernel did not take; OPENING, MESSAGES: what was read so far */
    size_t length;
};
static struct peer peers[MOST];
static int loop, newest;

static uint32_t rotated(uint32_t word, int bits) { return word << bits | word >> (32 - bits); }

/* RFC 3174, for texts that fit in two blocks. */
static void sha1(const uint8_t *text, size_t length, uint8_t out[20]) {
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0}, w[80];
    static const uint32_t k[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
    uint8_t blocks[128] = {0};
    size_t end = length < 56 ? 64 : 128;
    memcpy(blocks, text, length);
    blocks[length] = 0x80;
    for (int i = 0; i < 8; i++) blocks[end - 1 - i] = (uint8_t)((uint64_t)length * 8 >> (8 * i));
    for (size_t at = 0; at < end; at += 64) {
        for (int i = 0; i < 16; i++) w[i] = ntohl(*(uint32_t *)(blocks + at + 4 * i));
        for (int i = 16; i < 80; i++) w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? (b & c) | (~b & d) : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
            uint32_t next = rotated(a, 5) + f + e + k[i / 20] + w[i];
            e = d, d = c, c = rotated(b, 30), b = a, a = next;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
    }
    for (int i = 0; i < 20; i++) out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const uint8_t *in, size_t length, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        uint32_t three = in[i] << 16 | (i + 1 < length ? in[i + 1] << 8 : 0) | (i + 2 < length ? in[i + 2] : 0);
        for (int j = 0; j < 4; j++) *out++ = i + j > length ? '=' : digits[three >> (18 - 6 * j) & 63];
    }
    *out = 0;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void follow(int fd, enum role role, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (fd >= MOST || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
    peers[fd] = (struct peer){.role = role};
    if (fd > newest) newest = fd;
}

/* A door with the options that the gateway gives its own. */
static int door(enum role role) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), size = 64 * 1024, unsent = 32 * 1024;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    if (bind(fd, (struct sockaddr *)&address, length) || listen(fd, 1024)) die("listen");
    getsockname(fd, (struct sockaddr *)&address, &length);
    follow(fd, role, EPOLLIN);
    return ntohs(address.sin_port);
}

static void leave(int fd) {
    close(fd);
    free(peers[fd].waiting);
    peers[fd] = (struct peer){.role = FREE};
}

static void keep(struct peer *peer, const uint8_t *bytes, size_t length) {
    if (!(peer->waiting = realloc(peer->waiting, peer->length + length))) die("realloc");
    memcpy(peer->waiting + peer->length, bytes, length);
    peer->length += length;
}

static void drop(struct peer *peer, size_t length) {
    peer->length -= length;
    memmove(peer->waiting, peer->waiting + length, peer->length);
}

static void watch(int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(loop, EPOLL_CTL_MOD, fd, &event);
}

static void give(int fd, const uint8_t *bytes, size_t length) {
    struct peer *peer = &peers[fd];
    ssize_t taken = peer->length ? 0 : send(fd, bytes, length, MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN) return leave(fd);
    if (taken == (ssize_t)length) return;
    if (!peer->length) watch(fd, EPOLLIN | EPOLLOUT);
    keep(peer, bytes + (taken > 0 ? taken : 0), length - (taken > 0 ? taken : 0));
}

static void give_rest(int fd) {
    struct peer *peer = &peers[fd];
    ssize_t taken = send(fd, peer->waiting, peer->length, MSG_NOSIGNAL);
    if (taken < 0) return errno == EAGAIN ? (void)0 : leave(fd);
    drop(peer, (size_t)taken);
    if (!peer->length) watch(fd, EPOLLIN);
}

static void fan_out(uint8_t opcode, const uint8_t *payload, size_t length) {
    static uint8_t frame[1 << 20];
    size_t head = length < 126 ? 2 : length < 65536 ? 4 : 10;
    frame[0] = 0x80 | opcode;
    frame[1] = head == 2 ? (uint8_t)length : head == 4 ? 126 : 127;
    for (size_t i = 2; i < head; i++) frame[i] = (uint8_t)((uint64_t)length >> (8 * (head - 1 - i)));
    memcpy(frame + head, payload, length);
    for (int fd = 0; fd <= newest; fd++)
        if (peers[fd].role == OPEN) give(fd, frame, head + length);
}

static void messages(int fd) {
    struct peer *peer = &peers[fd];
    while (peer->length >= 5) {
        size_t length = ntohl(*(uint32_t *)peer->waiting);
        if (peer->length < 5 + length) return;
        fan_out(peer->waiting[4], peer->waiting + 5, length);
        drop(peer, 5 + length);
    }
}

static void open_up(int fd) {
    struct peer *peer = &peers[fd];
    keep(peer, (const uint8_t *)"", 1);
    char *text = (char *)peer->waiting, *key = strcasestr(text, "Sec-WebSocket-Key: "), *end = strstr(text, "\r\n\r\n");
    peer->length--;
    if (!key || !end) return;
    char joined[64], accept[32], answer[256];
    uint8_t digest[20];
    snprintf(joined, sizeof joined, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    sha1((uint8_t *)joined, strlen(joined), digest);
    base64(digest, 20, accept);
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "%sSec-WebSocket-Accept: %s\r\n\r\n",
                          strstr(text, "dragoman.v1") ? "Sec-WebSocket-Protocol: dragoman.v1\r\n" : "", accept);
    peer->length = 0;
    peer->role = OPEN;
    give(fd, (uint8_t *)answer, (size_t)length);
}

static void hear(int fd) {
    static uint8_t bytes[1 << 16];
    ssize_t length = recv(fd, bytes, sizeof bytes, 0);
    if (length <= 0) return leave(fd);
    if (peers[fd].role == OPEN) return; /* what listeners say is read and thrown away */
    keep(&peers[fd], bytes, (size_t)length);
    if (peers[fd].role == MESSAGES) messages(fd);
    else open_up(fd);
}

static void welcome(int fd) {
    int new = accept4(fd, 0, 0, SOCK_NONBLOCK), yes = 1;
    if (new < 0) return;
    setsockopt(new, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    follow(new, peers[fd].role == WEB_DOOR ? OPENING : MESSAGES, EPOLLIN);
}

int main(void) {
    loop = epoll_create1(0);
    int web = door(WEB_DOOR), message = door(MESSAGE_DOOR);
    printf("%d %d\n", web, message);
    fflush(stdout);
    for (struct epoll_event events[256];;) {
        int count = epoll_wait(loop, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (peers[fd].role == WEB_DOOR || peers[fd].role == MESSAGE_DOOR) welcome(fd);
            else if (events[i].events & EPOLLOUT) give_rest(fd);
            else hear(fd);
        }
    }
}
