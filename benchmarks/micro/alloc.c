// Allocation: blocks of mixed sizes allocated, touched and freed in a fixed random order.
#include "micro.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

enum { SLOTS = 2048, SMALL_SHIFTS = 11, LARGE_EVERY = 512, LARGE_BYTES = 256 << 10 };

typedef struct {
    uint64_t operations;
} Churn;

// xorshift64 (Marsaglia 2003): the same sequence in every run.
static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// 16 bytes to 32 KiB, small ones as often as large ones by powers of two; now and then 256 KiB.
static size_t size_next(uint64_t *state)
{
    uint64_t random = random_next(state);
    if (random % LARGE_EVERY == 0)
        return LARGE_BYTES;
    size_t base = (size_t)16 << ((random >> 16) % SMALL_SHIFTS);
    return base + (random >> 32) % base;
}

static void churn_work(unsigned index, void *data)
{
    const Churn *churn = data;
    uint64_t state = 88172645463325252u + index;
    char **slots = calloc(SLOTS, sizeof *slots);
    if (!slots)
        fail("calloc");
    for (uint64_t i = 0; i < churn->operations; i++) {
        char **slot = &slots[random_next(&state) % SLOTS];
        free(*slot);
        size_t bytes = size_next(&state);
        *slot = malloc(bytes);
        if (!*slot)
            fail("malloc");
        (*slot)[0] = 1;
        (*slot)[bytes - 1] = 1;
    }
    for (size_t i = 0; i < SLOTS; i++)
        free(slots[i]);
    free(slots);
}

static void alloc_run(const Arguments *arguments)
{
    unsigned threads = argument_threads(arguments, "threads");
    Churn churn = {argument_count(arguments, "operations", 1, (uint64_t)1 << 40)};
    // Fixed, or glibc moves it while it learns: large blocks always come from the kernel.
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    mallopt(M_TRIM_THRESHOLD, 128 << 10);
    double seconds = threads_run(threads, churn_work, &churn);
    report("churn", (double)(threads * churn.operations) / seconds, "ops/s");
}

const Command ALLOC = {"malloc",
                       "blocks of mixed sizes freed and allocated in random order",
                       {{"threads", "1", "threads at once, or cpus"},
                        {"operations", "1M", "free and malloc pairs of each thread"}},
                       alloc_run};
