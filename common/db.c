// The one path to PostgreSQL: statements with parameters, results by shape.
#include "common/db.h"

#include <errno.h>
#include <libpq-fe.h>
#include <math.h>
#include <poll.h>
#include <string.h>

#include "common/error.h"

enum { MAX_PARAMS = 40 };

struct Db {
    PGconn *connection;
    char *conninfo;
    char *program;
    char *role;
    GPtrArray *channels; // char *, subscribed again after db_reopen
};

struct Rows {
    PGresult *result;
    const char *query;
};

// libpq's messages end with a newline and may hold several lines: the first says it.
static char *message_of(const char *text)
{
    char *message = g_strstrip(g_strdup(text && *text ? text : "no reason given"));
    for (char *c = message; *c; c++) {
        if (*c == '\n')
            *c = ' ';
    }
    return message;
}

static bool fail_connection(Db *db, const char *doing, GError **error)
{
    g_autofree char *why = message_of(PQerrorMessage(db->connection));
    return error_set(error, ERROR_DATABASE, "%s: %s", doing, why);
}

static bool fail_result(const Query *query, const PGresult *result, GError **error)
{
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    bool is_value = state && g_str_has_prefix(state, "22"); // class 22: data exception
    g_autofree char *why = message_of(primary ? primary : PQresultErrorMessage(result));
    return error_set(error, is_value ? ERROR_INPUT : ERROR_DATABASE,
                     "the query %s failed: %s%s%s", query->name, why, detail ? "; " : "",
                     detail ? detail : "");
}

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static void ignore_notice(void *data, const PGresult *result)
{
    (void)data;
    (void)result;
}

static bool session_set(Db *db, const char *name, const char *value, GError **error)
{
    const char *values[] = {name, value};
    PGresult *result = PQexecParams(db->connection, "SELECT set_config($1, $2, false)", 2, NULL,
                                    values, NULL, NULL, 0);
    bool good = is_good(result);
    if (!good) {
        g_autofree char *why = message_of(PQresultErrorMessage(result));
        error_set(error, ERROR_DATABASE, "cannot set %s to '%s': %s", name, value, why);
    }
    PQclear(result);
    return good;
}

static bool session_begin(Db *db, GError **error)
{
    PQsetNoticeReceiver(db->connection, ignore_notice, NULL);
    const char *now = g_getenv("MARVIN_NOW");
    return (!db->role || session_set(db, "role", db->role, error)) &&
           session_set(db, "search_path", "marvin", error) &&
           session_set(db, "TimeZone", "UTC", error) &&
           session_set(db, "extra_float_digits", "1", error) &&
           (!now || session_set(db, "marvin.now", now, error));
}

bool db_open(Db **ret_db, const char *conninfo, const char *program, const char *role,
             GError **error)
{
    g_autoptr(Db) db = g_new0(Db, 1);
    db->conninfo = g_strdup(conninfo);
    db->program = g_strdup(program);
    db->role = g_strdup(role);
    db->channels = g_ptr_array_new_with_free_func(g_free);
    if (!db_reopen(db, error))
        return false;
    *ret_db = g_steal_pointer(&db);
    return true;
}

void db_close(Db *db)
{
    if (!db)
        return;
    PQfinish(db->connection);
    g_free(db->conninfo);
    g_free(db->program);
    g_free(db->role);
    g_ptr_array_unref(db->channels);
    g_free(db);
}

bool db_environment(const char *conninfo, char ***ret_environment, GError **error)
{
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &why);
    if (!options) {
        g_autofree char *reason = message_of(why);
        PQfreemem(why);
        return error_set(error, ERROR_INPUT, "no connection string: %s", reason);
    }
    char **environment = g_get_environ();
    for (PQconninfoOption *option = options; option->keyword; option++) {
        if (option->val && option->envvar)
            environment = g_environ_setenv(environment, option->envvar, option->val, true);
    }
    PQconninfoFree(options);
    *ret_environment = environment;
    return true;
}

bool db_is_lost(Db *db)
{
    return PQstatus(db->connection) != CONNECTION_OK;
}

static bool subscribe(Db *db, const char *channel, GError **error)
{
    char *quoted = PQescapeIdentifier(db->connection, channel, strlen(channel));
    g_autofree char *text = g_strconcat("LISTEN ", quoted, NULL);
    PQfreemem(quoted);
    PGresult *result = PQexec(db->connection, text);
    bool good = is_good(result) || fail_connection(db, "cannot listen", error);
    PQclear(result);
    return good;
}

bool db_reopen(Db *db, GError **error)
{
    PQfinish(db->connection);
    // The string is expanded in the place of dbname; the other words are presets that it may set.
    // Keepalives: a server that vanished is noticed within a minute, while we wait for it too.
    const char *keys[] = {"connect_timeout",
                          "tcp_user_timeout",
                          "keepalives_idle",
                          "keepalives_interval",
                          "keepalives_count",
                          "fallback_application_name",
                          "dbname",
                          "client_encoding",
                          NULL};
    const char *values[] = {"10",        "30000",      "30",   "10", "3",
                            db->program, db->conninfo, "UTF8", NULL};
    db->connection = PQconnectdbParams(keys, values, 1);
    if (PQstatus(db->connection) != CONNECTION_OK)
        return fail_connection(db, "cannot reach the database", error);
    if (!session_begin(db, error))
        return false;
    for (guint i = 0; i < db->channels->len; i++) {
        if (!subscribe(db, db->channels->pdata[i], error))
            return false;
    }
    return true;
}

static void append_quoted(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

static char *format_real(double x)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    return isnan(x) ? g_strdup("NULL") : g_strdup(g_ascii_dtostr(buffer, sizeof(buffer), x));
}

static char *format_array(const DbParam *param)
{
    GString *out = g_string_new("{");
    if (param->type == DB_PARAM_TEXTS) {
        for (const char *const *item = param->pointer; *item; item++) {
            if (out->len > 1)
                g_string_append_c(out, ',');
            append_quoted(out, *item);
        }
    }
    for (size_t i = 0; param->type != DB_PARAM_TEXTS && i < param->n; i++) {
        g_autofree char *item =
            param->type == DB_PARAM_REALS
                ? format_real(((const double *)param->pointer)[i])
                : g_strdup_printf("%" G_GINT64_FORMAT, ((const int64_t *)param->pointer)[i]);
        g_string_append_printf(out, "%s%s", i ? "," : "", item);
    }
    g_string_append_c(out, '}');
    return g_string_free(out, FALSE);
}

// The parameter as libpq's text format; NULL for null.
static char *format_param(const DbParam *param)
{
    switch (param->type) {
    case DB_PARAM_INT:
        return g_strdup_printf("%" G_GINT64_FORMAT, param->integer);
    case DB_PARAM_BOOL:
        return g_strdup(param->integer ? "t" : "f");
    case DB_PARAM_REAL:
        return isnan(param->real) ? NULL : format_real(param->real);
    case DB_PARAM_TEXT:
        return g_strdup(param->pointer);
    case DB_PARAM_TEXTS:
        return param->pointer ? format_array(param) : NULL;
    case DB_PARAM_REALS:
    case DB_PARAM_INTS:
        return format_array(param);
    case DB_PARAM_BYTES: // not as text
    case DB_PARAM_END:
        break;
    }
    g_assert_not_reached();
}

static bool execute(Db *db, const Query *query, const DbParam *params, PGresult **ret_result,
                    GError **error)
{
    char *made[MAX_PARAMS] = {NULL};
    const char *values[MAX_PARAMS] = {NULL};
    int sizes[MAX_PARAMS] = {0}, formats[MAX_PARAMS] = {0}, n = 0;
    for (; params[n].type != DB_PARAM_END; n++) {
        g_assert(n < MAX_PARAMS);
        formats[n] = params[n].type == DB_PARAM_BYTES;
        sizes[n] = formats[n] ? (int)params[n].n : 0;
        made[n] = formats[n] ? NULL : format_param(&params[n]);
        values[n] = formats[n] ? params[n].pointer : made[n];
    }
    PGresult *result =
        PQexecParams(db->connection, query->text, n, NULL, values, sizes, formats, 0);
    for (int i = 0; i < n; i++)
        g_free(made[i]);
    if (!is_good(result)) {
        fail_result(query, result, error);
        PQclear(result);
        return false;
    }
    *ret_result = result;
    return true;
}

bool db_none(Db *db, const Query *query, const DbParam *params, GError **error)
{
    PGresult *result = NULL;
    if (!execute(db, query, params, &result, error))
        return false;
    PQclear(result);
    return true;
}

bool db_rows(Db *db, const Query *query, const DbParam *params, Rows **ret_rows, GError **error)
{
    PGresult *result = NULL;
    if (!execute(db, query, params, &result, error))
        return false;
    Rows *rows = g_new0(Rows, 1);
    rows->result = result;
    rows->query = query->name;
    *ret_rows = rows;
    return true;
}

bool db_row(Db *db, const Query *query, const DbParam *params, Rows **ret_rows, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, query, params, &rows, error))
        return false;
    if (rows_count(rows) != 1)
        return error_set(error, ERROR_DATABASE,
                         "the query %s returned %d rows where one was expected", query->name,
                         rows_count(rows));
    *ret_rows = g_steal_pointer(&rows);
    return true;
}

bool db_script(Db *db, const Query *script, GError **error)
{
    PGresult *result = PQexec(db->connection, script->text);
    bool good = is_good(result) || fail_result(script, result, error);
    PQclear(result);
    return good;
}

bool db_begin(Db *db, GError **error)
{
    return db_script(db, &(Query){"begin", "BEGIN"}, error);
}

bool db_end(Db *db, bool commit, GError **error)
{
    if (PQtransactionStatus(db->connection) == PQTRANS_INERROR) {
        db_script(db, &(Query){"rollback", "ROLLBACK"}, NULL);
        return !commit ||
               error_set(error, ERROR_DATABASE, "the transaction had failed and was rolled back");
    }
    return commit ? db_script(db, &(Query){"commit", "COMMIT"}, error)
                  : db_script(db, &(Query){"rollback", "ROLLBACK"}, error);
}

bool db_listen(Db *db, const char *channel, GError **error)
{
    if (!subscribe(db, channel, error))
        return false;
    g_ptr_array_add(db->channels, g_strdup(channel));
    return true;
}

// True, and the queue emptied, when at least one notification is there.
static bool take_notifications(Db *db)
{
    bool came = false;
    for (PGnotify *notify; (notify = PQnotifies(db->connection)); came = true)
        PQfreemem(notify);
    return came;
}

bool db_wait(Db *db, int64_t timeout_ms, bool *ret_came, GError **error)
{
    int64_t until = g_get_monotonic_time() / 1000 + timeout_ms;
    for (;;) {
        if (!PQconsumeInput(db->connection))
            return fail_connection(db, "the database went away", error);
        if (take_notifications(db)) {
            *ret_came = true;
            return true;
        }
        int64_t left = until - g_get_monotonic_time() / 1000;
        struct pollfd poller = {.fd = PQsocket(db->connection), .events = POLLIN};
        int ready = left > 0 ? poll(&poller, 1, (int)MIN(left, G_MAXINT)) : 0;
        if (ready <= 0) { // the time-out, or a signal
            *ret_came = false;
            return true;
        }
    }
}

int rows_count(const Rows *rows)
{
    return PQntuples(rows->result);
}

static int column_of(const Rows *rows, const char *column)
{
    int number = PQfnumber(rows->result, column);
    if (number < 0)
        g_error("the query %s has no column %s", rows->query, column);
    return number;
}

bool rows_is_null(const Rows *rows, int i, const char *column)
{
    return PQgetisnull(rows->result, i, column_of(rows, column));
}

const char *rows_text(const Rows *rows, int i, const char *column)
{
    return rows_is_null(rows, i, column) ? NULL
                                         : PQgetvalue(rows->result, i, column_of(rows, column));
}

int64_t rows_int(const Rows *rows, int i, const char *column)
{
    const char *text = rows_text(rows, i, column);
    return text ? g_ascii_strtoll(text, NULL, 10) : 0;
}

double rows_real(const Rows *rows, int i, const char *column)
{
    const char *text = rows_text(rows, i, column);
    return text ? g_ascii_strtod(text, NULL) : NAN;
}

bool rows_bool(const Rows *rows, int i, const char *column)
{
    const char *text = rows_text(rows, i, column);
    return text && *text == 't';
}

double *rows_reals(const Rows *rows, int i, const char *column, int *ret_n)
{
    const char *text = rows_text(rows, i, column);
    *ret_n = 0;
    if (!text)
        return NULL;
    g_autoptr(GArray) values = g_array_new(false, false, sizeof(double));
    const char *at = *text == '{' ? text + 1 : text;
    while (*at && *at != '}') {
        char *end = NULL;
        double value = g_str_has_prefix(at, "NULL") ? NAN : g_ascii_strtod(at, &end);
        g_array_append_val(values, value);
        at = end ? end : at + 4;
        at += *at == ',';
    }
    *ret_n = (int)values->len;
    return (double *)(void *)g_array_free(g_steal_pointer(&values), false);
}

GBytes *rows_bytes(const Rows *rows, int i, const char *column)
{
    const char *text = rows_text(rows, i, column);
    size_t size = 0;
    unsigned char *data = text ? PQunescapeBytea((const unsigned char *)text, &size) : NULL;
    return data ? g_bytes_new_with_free_func(data, size, PQfreemem, data) : NULL;
}

// One element of a text[] from *at, which is moved behind it.
static char *parse_element(const char **at)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const char *c = *at;
    if (*c == '"') {
        for (c++; *c && *c != '"'; c++) {
            if (*c == '\\' && c[1])
                c++;
            g_string_append_c(out, *c);
        }
        c += *c == '"';
    } else {
        for (; *c && *c != ',' && *c != '}'; c++)
            g_string_append_c(out, *c);
    }
    *at = c + (*c == ',');
    return g_string_free(g_steal_pointer(&out), false);
}

char **rows_texts(const Rows *rows, int i, const char *column)
{
    const char *text = rows_text(rows, i, column);
    if (!text)
        return NULL;
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
    const char *at = *text == '{' ? text + 1 : text;
    while (*at && *at != '}')
        g_ptr_array_add(items, parse_element(&at));
    g_ptr_array_add(items, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&items), false);
}

void rows_free(Rows *rows)
{
    if (!rows)
        return;
    PQclear(rows->result);
    g_free(rows);
}
