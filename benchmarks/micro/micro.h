/*
 * micro: one static program of small benchmarks of the kernel, for targets on which nothing can
 * be installed. Plain C and libc: none of our libraries, no GLib. It prints `NAME: VALUE UNIT`
 * lines on stdout; whatever goes wrong is one line on stderr and exit status 1.
 *
 * Work is fixed and the time is taken (CLOCK_MONOTONIC), never the other way round, so that a
 * machine whose clock counts instructions gives the same figures every time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OPTIONS_MAX = 6 };

/* An option is `--name VALUE`. Numbers take the suffixes K, M, G (powers of 1024). */
typedef struct {
    const char *name;
    const char *fallback; // what it is unless given
    const char *help;
} Option;

typedef struct {
    const char *text[OPTIONS_MAX]; // in the order of the command's options
    const Option *options;
} Arguments;

typedef struct {
    const char *name;
    const char *help;
    Option options[OPTIONS_MAX]; // ended by a NULL name when fewer
    void (*run)(const Arguments *arguments);
} Command;

extern const Command MEMORY, PAGE_FAULT, PIPE, PIPE_WRITE, YIELD, FUTEX, SYSCALL, TCP, UDP, FILES,
    PROCESS, ALLOC;

/* The value of an option of the command, by name. Exits when it is not lowest..highest. */
uint64_t argument_count(const Arguments *arguments, const char *name, uint64_t lowest,
                        uint64_t highest);
const char *argument_text(const Arguments *arguments, const char *name);
/* A number of threads: a count, or the word `cpus` for as many as the program may use. */
unsigned argument_threads(const Arguments *arguments, const char *name);
/* `yes` or `no`. */
bool argument_switch(const Arguments *arguments, const char *name);

/* Prints "micro: what: strerror(errno)" (no error text when errno is 0) and exits with 1. */
_Noreturn void fail(const char *what);

/* Seconds of CLOCK_MONOTONIC. */
double now(void);

/* Prints "name: value unit" with six significant digits or more. */
void report(const char *name, double value, const char *unit);

/* Keeps this thread, and what it starts, on the first CPU that it may use. */
void pin(void);

/* Anonymous private memory; exits when there is none. */
void *map(size_t bytes);

/* Starts n threads and lets them begin together; seconds from there to the end of the last. */
double threads_run(unsigned n, void (*work)(unsigned index, void *data), void *data);

/* Waits for a child that must exit with 0. */
void child_join(int pid);

/* Reads or writes all of it; false at the end of the file. Exits on errors. */
bool read_all(int fd, void *data, size_t bytes);
void write_all(int fd, const void *data, size_t bytes);
