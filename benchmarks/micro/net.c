// Loopback: a TCP stream and a UDP stream from one process to another on this machine.
#include "micro.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CONNECT_S = 30, UDP_IDLE_MS = 100, UDP_SIZE_MAX = 65507 };

// A socket of a kind bound to a free port of 127.0.0.1, and its address.
static int socket_bind(int kind, struct sockaddr_in *ret_address)
{
    int fd = socket(AF_INET, kind, 0);
    *ret_address = (struct sockaddr_in){.sin_family = AF_INET};
    ret_address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof *ret_address;
    if (fd < 0 || bind(fd, (struct sockaddr *)ret_address, length) != 0 ||
        getsockname(fd, (struct sockaddr *)ret_address, &length) != 0)
        fail("a socket on 127.0.0.1");
    return fd;
}

static int socket_connect(int kind, const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, kind, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) != 0)
        fail("a connection to 127.0.0.1");
    return fd;
}

static void *buffer_new(size_t bytes)
{
    void *buffer = malloc(bytes);
    if (!buffer)
        fail("malloc");
    memset(buffer, 'x', bytes);
    return buffer;
}

static _Noreturn void tcp_send(const struct sockaddr_in *address, uint64_t bytes, size_t message)
{
    int fd = socket_connect(SOCK_STREAM, address);
    char *buffer = buffer_new(message);
    for (uint64_t left = bytes; left > 0;) {
        size_t n = left < message ? (size_t)left : message;
        write_all(fd, buffer, n);
        left -= n;
    }
    close(fd);
    _exit(0);
}

static void tcp_run(const Arguments *arguments)
{
    uint64_t bytes = argument_count(arguments, "bytes", 1, (uint64_t)1 << 40);
    size_t message = argument_count(arguments, "message", 1, 16 << 20);
    struct sockaddr_in address;
    int server = socket_bind(SOCK_STREAM, &address);
    // Or accept would wait for ever for a sender that failed.
    const struct timeval patience = {.tv_sec = CONNECT_S};
    if (listen(server, 1) != 0 ||
        setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
        fail("listen");
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0)
        tcp_send(&address, bytes, message);
    int fd = accept(server, NULL, NULL);
    if (fd < 0)
        fail("accept");
    char *buffer = buffer_new(message);
    uint64_t received = 0;
    double begin = now();
    for (;;) {
        ssize_t n = read(fd, buffer, message);
        if (n < 0 && errno != EINTR)
            fail("read");
        if (n == 0)
            break;
        received += n > 0 ? (uint64_t)n : 0;
    }
    double seconds = now() - begin;
    child_join(pid);
    errno = 0;
    if (received != bytes)
        fail("tcp: bytes are missing");
    free(buffer);
    report("throughput", (double)received / seconds / 1e6, "MB/s");
}

const Command TCP = {
    "tcp",
    "a TCP stream over the loopback interface",
    {{"bytes", "512M", "bytes to send"}, {"message", "64K", "bytes of one write and read"}},
    tcp_run};

// Sends all messages, then says by the pipe how long it took.
static _Noreturn void udp_send(const struct sockaddr_in *address, uint64_t messages, size_t size,
                               int done)
{
    int fd = socket_connect(SOCK_DGRAM, address);
    char *buffer = buffer_new(size);
    double begin = now();
    for (uint64_t i = 0; i < messages; i++)
        while (send(fd, buffer, size, 0) < 0)
            if (errno != ENOBUFS && errno != EINTR)
                fail("send");
    double seconds = now() - begin;
    write_all(done, &seconds, sizeof seconds);
    _exit(0);
}

// Counts what arrives until the sender is done and nothing has come for a while.
static uint64_t udp_receive(int fd, int done, size_t size, double *ret_seconds,
                            double *ret_sender_seconds)
{
    char *buffer = buffer_new(size);
    uint64_t received = 0;
    bool is_done = false;
    double begin = now();
    double last = begin;
    for (;;) {
        struct pollfd ready[] = {{.fd = fd, .events = POLLIN}, {.fd = done, .events = POLLIN}};
        int n = poll(ready, is_done ? 1 : 2, is_done ? UDP_IDLE_MS : -1);
        if (n < 0 && errno != EINTR)
            fail("poll");
        if (n == 0)
            break;
        if (n > 0 && ready[0].revents) {
            while (recv(fd, buffer, size, MSG_DONTWAIT) >= 0)
                received++;
            if (errno != EAGAIN && errno != EINTR)
                fail("recv");
            last = now();
        }
        if (n > 0 && !is_done && ready[1].revents) {
            errno = 0;
            if (!read_all(done, ret_sender_seconds, sizeof *ret_sender_seconds))
                fail("udp: the sender went away");
            is_done = true;
        }
    }
    free(buffer);
    *ret_seconds = last - begin;
    return received;
}

static void udp_run(const Arguments *arguments)
{
    uint64_t messages = argument_count(arguments, "messages", 1, (uint64_t)1 << 40);
    size_t size = argument_count(arguments, "message", 1, UDP_SIZE_MAX);
    struct sockaddr_in address;
    int fd = socket_bind(SOCK_DGRAM, &address);
    int done[2];
    if (pipe(done) != 0)
        fail("pipe");
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        close(done[0]);
        udp_send(&address, messages, size, done[1]);
    }
    close(done[1]);
    double seconds = 0, sender_seconds = 0;
    uint64_t received = udp_receive(fd, done[0], size, &seconds, &sender_seconds);
    child_join(pid);
    errno = 0;
    if (received == 0 || seconds <= 0)
        fail("udp: nothing arrived");
    report("sent", (double)(messages * size) / sender_seconds / 1e6, "MB/s");
    report("received", (double)(received * size) / seconds / 1e6, "MB/s");
    report("lost", 100 * (1 - (double)received / (double)messages), "%");
}

const Command UDP = {
    "udp",
    "a UDP stream over the loopback interface; what does not fit is lost",
    {{"messages", "100K", "datagrams to send"}, {"message", "1024", "bytes of one datagram"}},
    udp_run};
