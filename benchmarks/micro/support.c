// What the commands of micro share: options, clock, threads, children, whole reads and writes.
#include "micro.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 1024 };

typedef struct {
    pthread_t thread;
    unsigned index;
    pthread_barrier_t *start;
    void (*work)(unsigned index, void *data);
    void *data;
} Worker;

static _Noreturn void option_fail(const char *name, const char *text, const char *expected)
{
    fprintf(stderr, "micro: bad value '%s' of --%s; expected %s\n", text, name, expected);
    exit(2);
}

static void *worker_main(void *data)
{
    Worker *worker = data;
    pthread_barrier_wait(worker->start);
    worker->work(worker->index, worker->data);
    return NULL;
}

const char *argument_text(const Arguments *arguments, const char *name)
{
    for (size_t i = 0; i < OPTIONS_MAX && arguments->options[i].name; i++)
        if (strcmp(arguments->options[i].name, name) == 0)
            return arguments->text[i];
    abort();
}

uint64_t argument_count(const Arguments *arguments, const char *name, uint64_t lowest,
                        uint64_t highest)
{
    const char *text = argument_text(arguments, name);
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (shift > 0)
        end++;
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' ||
        number > (highest >> shift) || number << shift < lowest) {
        char expected[80];
        snprintf(expected, sizeof expected, "%llu to %llu", (unsigned long long)lowest,
                 (unsigned long long)highest);
        option_fail(name, text, expected);
    }
    return number << shift;
}

unsigned argument_threads(const Arguments *arguments, const char *name)
{
    cpu_set_t allowed;
    if (strcmp(argument_text(arguments, name), "cpus") != 0)
        return (unsigned)argument_count(arguments, name, 1, THREADS_MAX);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        fail("sched_getaffinity");
    return (unsigned)CPU_COUNT(&allowed);
}

bool argument_switch(const Arguments *arguments, const char *name)
{
    const char *text = argument_text(arguments, name);
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        option_fail(name, text, "yes or no");
    return text[0] == 'y';
}

_Noreturn void fail(const char *what)
{
    if (errno)
        fprintf(stderr, "micro: %s: %s\n", what, strerror(errno));
    else
        fprintf(stderr, "micro: %s\n", what);
    exit(1);
}

double now(void)
{
    struct timespec time;
    if (clock_gettime(CLOCK_MONOTONIC, &time) != 0)
        fail("clock_gettime");
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void report(const char *name, double value, const char *unit)
{
    int decimals = 6;
    for (double scale = 1; scale <= value && decimals > 1; scale *= 10)
        decimals--;
    printf("%s: %.*f %s\n", name, decimals, value, unit);
}

void pin(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        fail("sched_getaffinity");
    int cpu = 0;
    while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &allowed))
        cpu++;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        fail("sched_setaffinity");
}

void *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    return memory;
}

double threads_run(unsigned n, void (*work)(unsigned index, void *data), void *data)
{
    pthread_barrier_t start;
    Worker *workers = calloc(n, sizeof *workers);
    if (!workers || pthread_barrier_init(&start, NULL, n + 1) != 0)
        fail("threads");
    for (unsigned i = 0; i < n; i++) {
        workers[i] = (Worker){.index = i, .start = &start, .work = work, .data = data};
        errno = pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]);
        if (errno != 0)
            fail("pthread_create");
    }
    double begin = now();
    pthread_barrier_wait(&start);
    for (unsigned i = 0; i < n; i++)
        pthread_join(workers[i].thread, NULL);
    double end = now();
    pthread_barrier_destroy(&start);
    free(workers);
    return end - begin;
}

void child_join(int pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            fail("waitpid");
    errno = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail("a child process failed");
}

bool read_all(int fd, void *data, size_t bytes)
{
    char *to = data;
    while (bytes > 0) {
        ssize_t n = read(fd, to, bytes);
        if (n == 0)
            return false;
        if (n < 0 && errno != EINTR)
            fail("read");
        if (n > 0) {
            to += n;
            bytes -= (size_t)n;
        }
    }
    return true;
}

void write_all(int fd, const void *data, size_t bytes)
{
    const char *from = data;
    while (bytes > 0) {
        ssize_t n = write(fd, from, bytes);
        if (n < 0 && errno != EINTR)
            fail("write");
        if (n > 0) {
            from += n;
            bytes -= (size_t)n;
        }
    }
}
