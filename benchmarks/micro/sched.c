// Context switches: a token that goes to and fro between two processes (pipes) or two threads
// (a futex); and the latency of a system call that does nothing.
#include "micro.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void pipe_pair(int there[2], int back[2])
{
    if (pipe(there) != 0 || pipe(back) != 0)
        fail("pipe");
}

static _Noreturn void pipe_echo(int in, int out)
{
    char token = 0;
    while (read_all(in, &token, 1))
        write_all(out, &token, 1);
    _exit(0);
}

static void pipe_run(const Arguments *arguments)
{
    uint64_t n = argument_count(arguments, "transfers", 1, (uint64_t)1 << 40);
    if (argument_switch(arguments, "pin"))
        pin();
    int there[2], back[2];
    pipe_pair(there, back);
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        close(there[1]);
        close(back[0]);
        pipe_echo(there[0], back[1]);
    }
    close(there[0]);
    close(back[1]);
    char token = 'x';
    double begin = now();
    for (uint64_t i = 0; i < n; i++) {
        write_all(there[1], &token, 1);
        errno = 0;
        if (!read_all(back[0], &token, 1))
            fail("pipe: the other end went away");
    }
    double seconds = now() - begin;
    close(there[1]);
    child_join(pid);
    report("round-trip", seconds / (double)n * 1e9, "ns");
}

const Command PIPE = {"pipe",
                      "a byte to another process and back, through two pipes",
                      {{"transfers", "40000", "round trips"},
                       {"pin", "yes", "both on one CPU: every transfer is a context switch"}},
                      pipe_run};

// One process writes a byte and reads it back: nobody sleeps, nobody is woken.
static void pipe_write_run(const Arguments *arguments)
{
    uint64_t n = argument_count(arguments, "writes", 1, (uint64_t)1 << 40);
    uint64_t bytes = argument_count(arguments, "bytes", 1, 65536);
    int ends[2];
    char *data = map(bytes);
    if (pipe(ends) != 0)
        fail("pipe");
    double begin = now();
    for (uint64_t i = 0; i < n; i++) {
        write_all(ends[1], data, bytes);
        if (!read_all(ends[0], data, bytes))
            fail("pipe");
    }
    report("write-read", (now() - begin) / (double)n * 1e9, "ns");
}

const Command PIPE_WRITE = {"pipe-write",
                            "bytes written into a pipe and read back by the same process",
                            {{"writes", "200K", "writes, and as many reads"},
                             {"bytes", "1", "bytes of each; no more than a pipe holds"}},
                            pipe_write_run};

static double yield_measure(uint64_t n)
{
    double begin = now();
    for (uint64_t i = 0; i < n; i++)
        sched_yield();
    return now() - begin;
}

// Alone there is nobody to give way to; a second process on the same CPU makes each yield a switch.
static void yield_run(const Arguments *arguments)
{
    uint64_t n = argument_count(arguments, "yields", 1, (uint64_t)1 << 40);
    pin();
    report("yield", yield_measure(n) / (double)n * 1e9, "ns");
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        for (;;)
            sched_yield();
    }
    double seconds = yield_measure(n);
    kill(pid, SIGKILL);
    report("switch", seconds / (double)n * 1e9, "ns");
}

const Command YIELD = {"yield",
                       "sched_yield alone, and as a switch to another process and back",
                       {{"yields", "200K", "yields of each kind"}},
                       yield_run};

typedef struct {
    _Atomic uint32_t turn; // of which thread
    uint64_t transfers;
} Token;

static void futex_pass(Token *token, uint32_t self)
{
    uint32_t other = 1 - self;
    for (uint64_t i = 0; i < token->transfers; i++) {
        while (atomic_load(&token->turn) != self)
            if (syscall(SYS_futex, &token->turn, FUTEX_WAIT_PRIVATE, other, NULL, NULL, 0) != 0 &&
                errno != EAGAIN && errno != EINTR)
                fail("futex wait");
        atomic_store(&token->turn, other);
        if (syscall(SYS_futex, &token->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) < 0)
            fail("futex wake");
    }
}

static void futex_work(unsigned index, void *data)
{
    futex_pass(data, index);
}

static void futex_run(const Arguments *arguments)
{
    static Token token;
    token.transfers = argument_count(arguments, "transfers", 1, (uint64_t)1 << 40);
    if (argument_switch(arguments, "pin"))
        pin();
    double seconds = threads_run(2, futex_work, &token);
    report("round-trip", seconds / (double)token.transfers * 1e9, "ns");
}

const Command FUTEX = {"futex",
                       "a turn handed to another thread and back, by futex wait and wake",
                       {{"transfers", "50000", "round trips"},
                        {"pin", "yes", "both on one CPU: every transfer is a context switch"}},
                       futex_run};

static void syscall_run(const Arguments *arguments)
{
    uint64_t n = argument_count(arguments, "calls", 1, (uint64_t)1 << 40);
    long sum = 0;
    double begin = now();
    for (uint64_t i = 0; i < n; i++)
        sum += syscall(SYS_getppid);
    double seconds = now() - begin;
    errno = 0;
    if (sum == 0 && getppid() != 0)
        fail("getppid gave different answers");
    report("getppid", seconds / (double)n * 1e9, "ns");
}

const Command SYSCALL = {
    "syscall", "the shortest system call, getppid", {{"calls", "2M", "calls"}}, syscall_run};
