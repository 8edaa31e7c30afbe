/*
 * Upstream trees for the tests of common/git: made by the program git in a scratch folder, with
 * fixed names and times.
 */
#pragma once

#include "common/git.h"
#include "tests/common/scratch.h"

/* git with arguments (NULL ends them) in the folder name; its output; g_free. */
char *tree_git(Scratch *scratch, const char *name, ...) G_GNUC_NULL_TERMINATED;

/* A new tree with a work tree in the folder name: branch main, no commit yet. */
void tree_new(Scratch *scratch, const char *name);

/* Commits file with text in it; the commit's hash; g_free. */
char *tree_commit(Scratch *scratch, const char *name, const char *file, const char *text);

/* git_mirror_open() and git_mirror_fetch() that must not fail. */
GitMirror *mirror_need(Scratch *scratch, const char *name);
GitFetchReport *mirror_fetch(GitMirror *mirror, const char *url);

/* The change of the reference in full, or NULL. */
const GitRefChange *change_find(const GitFetchReport *report, const char *name);

/* The tag, or NULL. */
const GitTag *tag_find(const GPtrArray *tags, const char *name);
