// Memory: the four loops of STREAM (McCalpin), and page faults by number of threads.
#include "micro.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    double *a, *b, *c;
    size_t n;
} Arrays;

static const double SCALAR = 3;

// Not inlined, and the loops not turned into memcpy (CMakeLists.txt): what is written is measured.
static __attribute__((noinline)) void pass_copy(const Arrays *x)
{
    double *restrict to = x->c;
    const double *restrict from = x->a;
    for (size_t i = 0; i < x->n; i++)
        to[i] = from[i];
}

static __attribute__((noinline)) void pass_scale(const Arrays *x)
{
    double *restrict to = x->b;
    const double *restrict from = x->c;
    for (size_t i = 0; i < x->n; i++)
        to[i] = SCALAR * from[i];
}

static __attribute__((noinline)) void pass_add(const Arrays *x)
{
    double *restrict to = x->c;
    const double *restrict left = x->a;
    const double *restrict right = x->b;
    for (size_t i = 0; i < x->n; i++)
        to[i] = left[i] + right[i];
}

static __attribute__((noinline)) void pass_triad(const Arrays *x)
{
    double *restrict to = x->a;
    const double *restrict left = x->b;
    const double *restrict right = x->c;
    for (size_t i = 0; i < x->n; i++)
        to[i] = left[i] + SCALAR * right[i];
}

static const struct {
    const char *name;
    void (*pass)(const Arrays *x);
    double arrays_moved;
} LOOPS[] = {{"copy", pass_copy, 2},
             {"scale", pass_scale, 2},
             {"add", pass_add, 3},
             {"triad", pass_triad, 3}};
enum { LOOPS_COUNT = 4 };

// One more pass of scalars says what every element must be now.
static void arrays_check(const Arrays *x, uint64_t passes)
{
    double a = 1, b = 2, c = 0;
    for (uint64_t pass = 0; pass < passes; pass++) {
        c = a;
        b = SCALAR * c;
        c = a + b;
        a = b + SCALAR * c;
    }
    for (size_t i = 0; i < x->n; i += x->n - 1)
        if (x->a[i] != a || x->b[i] != b || x->c[i] != c) {
            errno = 0;
            fail("memory: the arrays hold wrong values");
        }
}

static void memory_run(const Arguments *arguments)
{
    size_t bytes = argument_count(arguments, "size", 4096, (uint64_t)64 << 30);
    uint64_t passes = argument_count(arguments, "passes", 2, 100);
    size_t n = bytes / sizeof(double);
    Arrays x = {map(bytes), map(bytes), map(bytes), n};
    for (size_t i = 0; i < n; i++) {
        x.a[i] = 1;
        x.b[i] = 2;
        x.c[i] = 0;
    }
    // As in STREAM: the best pass of each loop, the first one left out.
    double best[LOOPS_COUNT] = {0};
    for (uint64_t pass = 0; pass < passes; pass++)
        for (size_t loop = 0; loop < LOOPS_COUNT; loop++) {
            double begin = now();
            LOOPS[loop].pass(&x);
            double seconds = now() - begin;
            double rate = LOOPS[loop].arrays_moved * (double)(n * sizeof(double)) / seconds / 1e6;
            if (pass > 0 && seconds > 0 && rate > best[loop])
                best[loop] = rate;
        }
    arrays_check(&x, passes);
    for (size_t loop = 0; loop < LOOPS_COUNT; loop++)
        report(LOOPS[loop].name, best[loop], "MB/s");
}

const Command MEMORY = {
    "memory",
    "bandwidth of copy, scale, add and triad over three arrays",
    {{"size", "32M", "bytes of each array"}, {"passes", "6", "passes over them; the best counts"}},
    memory_run};

typedef struct {
    uint64_t rounds;
    size_t chunk_bytes;
    size_t page_bytes;
} Faults;

static void faults_touch(unsigned index, void *data)
{
    (void)index;
    const Faults *faults = data;
    for (uint64_t round = 0; round < faults->rounds; round++) {
        volatile char *chunk = map(faults->chunk_bytes);
        // So that each touch is one fault. A kernel without huge pages refuses: the same.
        madvise((void *)(uintptr_t)chunk, faults->chunk_bytes, MADV_NOHUGEPAGE);
        for (size_t at = 0; at < faults->chunk_bytes; at += faults->page_bytes)
            chunk[at] = 1;
        if (munmap((void *)(uintptr_t)chunk, faults->chunk_bytes) != 0)
            fail("munmap");
    }
}

static void page_fault_run(const Arguments *arguments)
{
    unsigned threads = argument_threads(arguments, "threads");
    uint64_t pages = argument_count(arguments, "pages", 1024, (uint64_t)1 << 40);
    Faults faults = {.page_bytes = (size_t)sysconf(_SC_PAGESIZE)};
    const uint64_t chunk_pages = 1024;
    faults.chunk_bytes = chunk_pages * faults.page_bytes;
    faults.rounds = pages / chunk_pages;
    double seconds = threads_run(threads, faults_touch, &faults);
    report("faults", (double)(threads * faults.rounds * chunk_pages) / seconds, "faults/s");
}

const Command PAGE_FAULT = {"page-fault",
                            "anonymous memory mapped, touched page by page, and unmapped",
                            {{"threads", "1", "threads at once, or cpus"},
                             {"pages", "128K", "pages that each thread touches"}},
                            page_fault_run};
