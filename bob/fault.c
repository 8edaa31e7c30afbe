// Why a build failed: a table of what logs say.
#include "bob/fault.h"

#include "bob/buildlog.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 4096, SHOWN_BYTES = 200 };

static const char NO_SPACE[] = "no-space", NO_MEMORY[] = "no-memory",
                  MISSING_TOOL[] = "missing-tool", CONFIG[] = "config";
static const char TOO_NEW[] = "compiler-too-new", TOO_OLD[] = "compiler-too-old";
static const char SOURCE[] = "source", UNKNOWN[] = "unknown";

/* In the order in which a line is tried; a pattern of SOURCE gives way to any other line's kind. */
static const struct {
    const char *kind, *pattern;
} PATTERNS[] = {
    {NO_SPACE, "No space left on device|Disk quota exceeded|Cannot allocate memory for output"},
    {NO_MEMORY,
     "Killed signal terminated program|virtual memory exhausted|[Oo]ut of memory allocating|"
     "^Killed$"},
    {TOO_OLD,
     "(C|Rust) compiler is too old|Compiler is too old|Sorry, your (GCC|compiler) version "
     "is too old|Sorry, your version of GCC is too old|requires (a )?(GCC|Clang|LLVM|compiler"
     ")[^.]{0,40}or (newer|later)|Compiler lacks asm-goto|lacks asm goto support"},
    {TOO_OLD, "unrecogni[sz]ed command[- ]line option|unknown argument: '-|Assembler is too old|"
              "Linker is too old"},
    {TOO_NEW, "compiler-gcc[0-9]+\\.h: No such file|code model kernel does not support PIC mode|"
              "Unsupported (gcc|compiler) version|your compiler is too new"},
    {TOO_NEW,
     "multiple definition of [`'‘]yylloc'|\\[-Werror=|cc1: (all|some) warnings being treated "
     "as errors"},
    {MISSING_TOOL, "(^|[ /])[A-Za-z0-9_.+-]+: (command )?not found$|: not found$|"
                   "^make(\\[[0-9]+\\])?: [A-Za-z0-9_.+/-]+: No such file or directory"},
    {MISSING_TOOL,
     "fatal error: (gelf|libelf|elf|elfutils|dwarf|openssl/[a-z]+|curses|ncurses|gmp|mpc"
     "|gcc-plugin|zlib|lzma)[a-z/._-]*\\.h: No such file"},
    {MISSING_TOOL, "([Uu]nmet|Failed) build dependencies:|please install [A-Za-z]|pahole[^:]*\\) "
                   "is not available|(is|are) not installed|"
                   "cannot find -l[A-Za-z]|unable to execute '|error trying to exec '|"
                   "Unable to find the ncurses|missing (tool|program)"},
    {CONFIG, "Can't find default configuration|Configuration file \"[^\"]*\" not found|No rule to "
             "make target '[^']*(config|\\.pem|\\.x509)'|^(init/|arch/|drivers/)?[A-Za-z0-9/_.-]*"
             "Kconfig[A-Za-z0-9._-]*:[0-9]+:.*(syntax error|invalid|recursive)"},
    {CONFIG, "configuration is invalid|recursive dependency detected|The source tree is not clean|"
             "not a valid value for|selected by .* unmet direct"},
    {SOURCE, ":[0-9]+(:[0-9]+)?: (fatal )?error: |undefined reference to|undefined!$|multiple "
             "definition of|:[0-9]+: \\*\\*\\* (missing separator|unterminated)|^ld: |: error: |"
             "No rule to make target|^Error: |:[0-9]+: Error: |syntax error|section mismatch"},
};

/* make tells of the failure of what it ran: the reason stands before it. */
static bool is_echo(const char *line)
{
    return strstr(line, ": *** [") != NULL || strstr(line, "Waiting for unfinished jobs") != NULL;
}

static GPtrArray *patterns_new(void)
{
    GPtrArray *patterns = g_ptr_array_new_with_free_func((GDestroyNotify)g_regex_unref);
    for (size_t i = 0; i < G_N_ELEMENTS(PATTERNS); i++)
        g_ptr_array_add(patterns, g_regex_new(PATTERNS[i].pattern, G_REGEX_OPTIMIZE | G_REGEX_RAW,
                                              G_REGEX_MATCH_DEFAULT, NULL));
    return patterns;
}

static const char *line_kind(const GPtrArray *patterns, const char *line)
{
    for (guint i = 0; i < patterns->len && !is_echo(line); i++) {
        if (g_regex_match(g_ptr_array_index(patterns, i), line, G_REGEX_MATCH_DEFAULT, NULL))
            return PATTERNS[i].kind;
    }
    return NULL;
}

static char *line_format(const char *line)
{
    g_autofree char *start = g_strndup(line, SHOWN_BYTES);
    return text_escape_terminal(start);
}

void fault_clear(Fault *fault)
{
    g_clear_pointer(&fault->line, g_free);
}

void fault_find(const char *log_path, Fault *ret_fault)
{
    g_autoptr(GPtrArray) patterns = patterns_new();
    FILE *file = fopen(log_path, "re");
    char line[LINE_BYTES];
    Fault fault = {.kind = UNKNOWN};
    while (file != NULL && (fault.line == NULL || fault.kind == SOURCE) &&
           fgets(line, sizeof line, file) != NULL) {
        g_strchomp(line);
        const char *kind = line_kind(patterns, line);
        if (kind == NULL || (fault.line != NULL && kind == SOURCE))
            continue;
        fault_clear(&fault);
        fault = (Fault){.kind = kind, .line = line_format(line)};
    }
    if (file != NULL)
        fclose(file);
    if (fault.line == NULL)
        fault.line = buildlog_find_error(log_path);
    *ret_fault = fault;
}
