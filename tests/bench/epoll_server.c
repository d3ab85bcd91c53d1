/* The limit that the kernel sets: a server that answers every request with 101 and, for each line on its standard
   input, writes that line as one text frame (RFC 6455, 5.2) to every connection, one send() each. It prints its port. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 65536
#define LONGEST 65535
#define SEND_BUFFER 65536

static int connections[MOST], count, epoll;
static char line[LONGEST + 1], frame[LONGEST + 4], scrap[65536];
static const char answer[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)) fail("epoll_ctl");
}

static void welcome(int listening) {
    int one = 1, size = SEND_BUFFER, peer = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
    if (peer < 0 || count == MOST) fail("accept");
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    watch(peer);
}

/* The first thing that somebody says is the request, which comes in one piece here; the rest is of no interest. */
static void hear(int peer) {
    ssize_t got = recv(peer, scrap, sizeof scrap, 0);
    if (got <= 0) {
        for (int each = 0; each < count; each++)
            if (connections[each] == peer) connections[each] = connections[--count];
        close(peer);
    } else if (got > 4 && !memcmp(scrap, "GET ", 4)) {
        if (send(peer, answer, sizeof answer - 1, 0) < 0) fail("send");
        connections[count++] = peer;
    }
}

static void tell_all(void) {
    size_t length = strcspn(line, "\n"), head = length < 126 ? 2 : 4;
    frame[0] = (char)0x81;
    if (head == 2) {
        frame[1] = (char)length;
    } else {
        frame[1] = 126;
        frame[2] = (char)(length >> 8);
        frame[3] = (char)length;
    }
    memcpy(frame + head, line, length);
    for (int each = 0; each < count; each++)
        if (send(connections[each], frame, head + length, MSG_NOSIGNAL) != (ssize_t)(head + length)) fail("send");
}

int main(void) {
    struct rlimit most;
    getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    if (listening < 0 || bind(listening, (struct sockaddr *)&address, size) || listen(listening, 2048)) fail("listen");
    getsockname(listening, (struct sockaddr *)&address, &size);
    epoll = epoll_create1(0);
    watch(listening);
    watch(STDIN_FILENO);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    setvbuf(stdin, NULL, _IONBF, 0);
    for (struct epoll_event events[256];;) {
        int ready = epoll_wait(epoll, events, 256, -1);
        if (ready < 0 && errno != EINTR) fail("epoll_wait");
        for (int each = 0; each < ready; each++) {
            int descriptor = events[each].data.fd;
            if (descriptor == listening) {
                welcome(listening);
            } else if (descriptor != STDIN_FILENO) {
                hear(descriptor);
            } else if (fgets(line, sizeof line, stdin)) {
                tell_all();
            } else {
                return 0;
            }
        }
    }
}
