// Processes: fork and exit, and fork, exec and exit.
#include "micro.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static double fork_measure(uint64_t n)
{
    double begin = now();
    for (uint64_t i = 0; i < n; i++) {
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid == 0)
            _exit(0);
        child_join(pid);
    }
    return now() - begin;
}

static double exec_measure(uint64_t n)
{
    // Its own program, whose `noop` ends at once: no other file takes part.
    char program[] = "/proc/self/exe";
    char noop[] = "noop";
    char *arguments[] = {program, noop, NULL};
    char *environment[] = {NULL};
    double begin = now();
    for (uint64_t i = 0; i < n; i++) {
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid == 0) {
            execve(program, arguments, environment);
            _exit(127);
        }
        child_join(pid);
    }
    return now() - begin;
}

static void process_run(const Arguments *arguments)
{
    uint64_t n = argument_count(arguments, "processes", 1, (uint64_t)1 << 30);
    if (argument_switch(arguments, "pin"))
        pin();
    report("fork", fork_measure(n) / (double)n * 1e6, "us");
    report("exec", exec_measure(n) / (double)n * 1e6, "us");
}

const Command PROCESS = {"process",
                         "make a process and wait for it, without and with exec",
                         {{"processes", "1000", "processes of each kind"},
                          {"pin", "yes", "parent and children on one CPU"}},
                         process_run};
