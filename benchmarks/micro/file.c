// Files: many small ones created, a large one written and read back, small writes with fsync.
#include "micro.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SMALL_BYTES = 4096, BLOCK_BYTES = 1 << 17, PATH_BYTES = 4096 };

// Files of a folder of our own, by number.
static int file_open(int folder, uint64_t number, int flags)
{
    char name[32];
    snprintf(name, sizeof name, "%llu", (unsigned long long)number);
    int fd = openat(folder, name, flags | O_CLOEXEC, 0600);
    if (fd < 0)
        fail("a file in the folder");
    return fd;
}

static void file_unlink(int folder, uint64_t number)
{
    char name[32];
    snprintf(name, sizeof name, "%llu", (unsigned long long)number);
    if (unlinkat(folder, name, 0) != 0)
        fail("unlink");
}

static void create_measure(int folder, uint64_t files, const char *block)
{
    double begin = now();
    for (uint64_t i = 0; i < files; i++) {
        int fd = file_open(folder, i, O_WRONLY | O_CREAT | O_EXCL);
        write_all(fd, block, SMALL_BYTES);
        if (close(fd) != 0)
            fail("close");
    }
    double created = now();
    for (uint64_t i = 0; i < files; i++)
        file_unlink(folder, i);
    double removed = now();
    report("create", (double)files / (created - begin), "files/s");
    report("unlink", (double)files / (removed - created), "files/s");
}

static void stream_measure(int folder, uint64_t bytes, uint64_t passes, char *block)
{
    double best_write = 0, best_read = 0;
    for (uint64_t pass = 0; pass < passes; pass++) {
        int fd = file_open(folder, 0, O_RDWR | O_CREAT | O_EXCL);
        file_unlink(folder, 0); // gone with the program, however it ends
        double begin = now();
        for (uint64_t done = 0; done < bytes; done += BLOCK_BYTES)
            write_all(fd, block, BLOCK_BYTES);
        double written = now();
        if (lseek(fd, 0, SEEK_SET) != 0)
            fail("lseek");
        double reading = now();
        errno = 0;
        for (uint64_t done = 0; done < bytes; done += BLOCK_BYTES)
            if (!read_all(fd, block, BLOCK_BYTES))
                fail("file: less to read than was written");
        double end = now();
        close(fd);
        double write_rate = (double)bytes / (written - begin) / 1e6;
        double read_rate = (double)bytes / (end - reading) / 1e6;
        best_write = write_rate > best_write ? write_rate : best_write;
        best_read = read_rate > best_read ? read_rate : best_read;
    }
    report("write", best_write, "MB/s");
    report("read", best_read, "MB/s");
}

static void fsync_measure(int folder, uint64_t syncs, const char *block)
{
    int fd = file_open(folder, 0, O_WRONLY | O_CREAT | O_EXCL);
    file_unlink(folder, 0);
    double begin = now();
    for (uint64_t i = 0; i < syncs; i++) {
        write_all(fd, block, SMALL_BYTES);
        if (fsync(fd) != 0)
            fail("fsync");
    }
    double seconds = now() - begin;
    close(fd);
    report("fsync", seconds / (double)syncs * 1e6, "us");
}

static void file_run(const Arguments *arguments)
{
    uint64_t files = argument_count(arguments, "files", 1, 1 << 20);
    uint64_t bytes = argument_count(arguments, "size", BLOCK_BYTES, (uint64_t)1 << 40);
    uint64_t passes = argument_count(arguments, "passes", 1, 1000);
    uint64_t syncs = argument_count(arguments, "syncs", 1, 1 << 20);
    bytes -= bytes % BLOCK_BYTES;
    char path[PATH_BYTES];
    int length =
        snprintf(path, sizeof path, "%s/micro-XXXXXX", argument_text(arguments, "directory"));
    errno = ENAMETOOLONG;
    if (length >= PATH_BYTES || !mkdtemp(path))
        fail(argument_text(arguments, "directory"));
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *block = malloc(BLOCK_BYTES);
    if (folder < 0 || !block)
        fail(path);
    memset(block, 'x', BLOCK_BYTES);
    create_measure(folder, files, block);
    stream_measure(folder, bytes, passes, block);
    fsync_measure(folder, syncs, block);
    free(block);
    close(folder);
    if (rmdir(path) != 0)
        fail(path);
}

const Command FILES = {"file",
                       "create, write, read, fsync and unlink files",
                       {{"directory", "/var/tmp", "where to make a folder of its own"},
                        {"files", "2000", "small files (4 KiB) to create and unlink"},
                        {"size", "64M", "bytes of the large file"},
                        {"passes", "3", "times to write and read it; the best counts"},
                        {"syncs", "50", "writes of 4 KiB with an fsync each"}},
                       file_run};
