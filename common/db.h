/*
 * The one path to PostgreSQL: statements with parameters, results by shape. Not a general client:
 * text results only (bytes go in as they are), one statement at a time, no cursors, no COPY. libpq
 * stays behind it.
 *
 * A statement is a Query: the constants of sql/queries.h, made from the files below sql/. Callers
 * say the shape that they expect (none, one row, rows); another shape is ERROR_DATABASE with the
 * query's name; a value that its type does not have (SQLSTATE class 22: a date that is none, a byte
 * that is no UTF-8) is ERROR_INPUT. When the server went away every function fails with ERROR_DATABASE and
 * db_is_lost() is true until db_reopen() succeeds.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *name; // the file below sql/query/, without .sql
    const char *text;
} Query;

/* A parameter. Made with the macros below; borrowed until the call returns. */
typedef struct {
    enum {
        DB_PARAM_END,
        DB_PARAM_TEXT,
        DB_PARAM_INT,
        DB_PARAM_REAL,
        DB_PARAM_BOOL,
        DB_PARAM_TEXTS,
        DB_PARAM_REALS,
        DB_PARAM_INTS,
        DB_PARAM_BYTES
    } type;
    const void *pointer; // the text, the array, the bytes
    int64_t integer;
    double real;
    size_t n; // of the array, the bytes
} DbParam;

#define DB_TEXT(s) ((DbParam){.type = DB_PARAM_TEXT, .pointer = (s)}) /* NULL: null */
#define DB_INT(i) ((DbParam){.type = DB_PARAM_INT, .integer = (int64_t)(i)})
#define DB_REAL(x) ((DbParam){.type = DB_PARAM_REAL, .real = (x)}) /* NaN: null */
#define DB_BOOL(b) ((DbParam){.type = DB_PARAM_BOOL, .integer = (b)})
#define DB_NULL ((DbParam){.type = DB_PARAM_TEXT, .pointer = NULL})
/* NULL-terminated const char *const *; text[]. A NULL pointer is null, an empty list '{}'. */
#define DB_TEXTS(list) ((DbParam){.type = DB_PARAM_TEXTS, .pointer = (list)})
#define DB_REALS(array, count)                                                                     \
    ((DbParam){.type = DB_PARAM_REALS, .pointer = (array), .n = (size_t)(count)})
#define DB_INTS(array, count)                                                                      \
    ((DbParam){.type = DB_PARAM_INTS, .pointer = (array), .n = (size_t)(count)})
/* bytea; sent as it is. */
#define DB_BYTES(data, size)                                                                       \
    ((DbParam){.type = DB_PARAM_BYTES, .pointer = (data), .n = (size_t)(size)})
#define DB_PARAMS(...) ((const DbParam[]){__VA_ARGS__, {.type = DB_PARAM_END}})
#define DB_NO_PARAMS ((const DbParam[]){{.type = DB_PARAM_END}})

typedef struct Db Db; // a connection; freed with db_close()
typedef struct Rows Rows; // a result; freed with rows_free()

/*
 * Connects. conninfo: a URI or key=value string as libpq has it. program: shown in
 * pg_stat_activity. role: SET ROLE after connecting, NULL to stay who one is. The search path is
 * the schema marvin. $MARVIN_NOW, where set, fixes the session's marvin_now().
 */
bool db_open(Db **ret_db, const char *conninfo, const char *program, const char *role,
             GError **error);
void db_close(Db *db);

/* Our environment with the connection string's words as PostgreSQL's own programs read them (PGHOST,
 * PGUSER, PGPASSWORD ..): no secret in their arguments. Freed with g_strfreev. ERROR_INPUT: no
 * connection string. */
bool db_environment(const char *conninfo, char ***ret_environment, GError **error);

/* True once the connection has broken; false again after db_reopen() has connected anew. */
bool db_is_lost(Db *db);
bool db_reopen(Db *db, GError **error);

/* A statement that returns no row, or whose rows do not matter. */
bool db_none(Db *db, const Query *query, const DbParam *params, GError **error);

/* Exactly one row. */
bool db_row(Db *db, const Query *query, const DbParam *params, Rows **ret_rows, GError **error);

/* Any number of rows. */
bool db_rows(Db *db, const Query *query, const DbParam *params, Rows **ret_rows, GError **error);

/* Several statements in one text, without parameters: migrations only. */
bool db_script(Db *db, const Query *script, GError **error);

/* A transaction. db_end rolls back when commit is false, or when a statement has failed. */
bool db_begin(Db *db, GError **error);
bool db_end(Db *db, bool commit, GError **error);

/* Subscribes to a channel (a literal of ours, never data). */
bool db_listen(Db *db, const char *channel, GError **error);

/* Waits for a notification for up to timeout_ms. *ret_came is false at the time-out, and when a
 * signal came. */
bool db_wait(Db *db, int64_t timeout_ms, bool *ret_came, GError **error);

int rows_count(const Rows *rows);
/* The value of a column of row i (from 0), NULL for null; an unknown column aborts: it is a typing
 * mistake of ours. Owned by rows. */
const char *rows_text(const Rows *rows, int i, const char *column);
bool rows_is_null(const Rows *rows, int i, const char *column);
int64_t rows_int(const Rows *rows, int i, const char *column); // null: 0
double rows_real(const Rows *rows, int i, const char *column); // null: NaN
bool rows_bool(const Rows *rows, int i, const char *column); // null: false
/* float8[] or any numeric array: n values that the caller frees with g_free; null: NULL, n = 0. */
double *rows_reals(const Rows *rows, int i, const char *column, int *ret_n);
/* bytea: freed with g_bytes_unref; null, or no bytea: NULL. */
GBytes *rows_bytes(const Rows *rows, int i, const char *column);
/* text[]: freed with g_strfreev; null: NULL. */
char **rows_texts(const Rows *rows, int i, const char *column);
void rows_free(Rows *rows);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Db, db_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rows, rows_free)
