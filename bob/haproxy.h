/*
 * A running haproxy: started, given another configuration without cutting what goes through it,
 * asked and told by its admin socket. The program itself is haproxy of the system.
 *
 * Another configuration is another process: it takes over the listening sockets from the one before
 * (-x), which then ends when its last connection does (-sf). So nodes come and go while builds run,
 * and a configuration that haproxy refuses leaves the old one as it is.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Haproxy Haproxy;

/* folder: where its configuration and socket are kept; made where it is not there. ERROR_MACHINE:
 * haproxy is not on this system, or another process serves this folder. */
bool haproxy_open(const char *folder, Haproxy **ret_haproxy, GError **error);

/* Ends it, and what still ends of those before. */
void haproxy_close(Haproxy *haproxy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Haproxy, haproxy_close)

/* The path of the admin socket; owned by haproxy. */
const char *haproxy_socket(const Haproxy *haproxy);

/* Runs it with this configuration, in the place of the one before; returns when it answers.
 * ERROR_MACHINE: the reason that haproxy gives (a port that is taken); the one before goes on. */
bool haproxy_load(Haproxy *haproxy, const char *config, GError **error);

/* Whether one runs. */
bool haproxy_is_running(Haproxy *haproxy);

/* Asks by the admin socket; *ret_answer is freed with g_free. ERROR_MACHINE. */
bool haproxy_ask(Haproxy *haproxy, const char *question, char **ret_answer, GError **error);
