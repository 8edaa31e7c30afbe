/*
 * Judgements and changes as rows: stored once, append-only, and read back. What is stored is what a
 * page shows: where a family with these inputs was judged before, its rows stand.
 */
#pragma once

#include "common/db.h"
#include "report/family.h"
#include "report/shift.h"

/*
 * Stores a family with the judgements of its rows that are not pending, unless one with the same
 * inputs is there; then the reasons that were stored are put into its rows. A state that differs
 * from the last one stored although the row's own inputs do not gets a reason that says so.
 */
bool judge_store(Db *db, const char *report, Family *family, GError **error);

/* Stores the changes that are not known yet. *ret_new (may be NULL): how many. */
bool judge_store_shifts(Db *db, const Dataset *dataset, const GArray *shifts, int *ret_new,
                        GError **error);
