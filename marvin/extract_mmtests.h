/*
 * Samples anew of trials that were imported from MMTests: from the iteration's folder in the store,
 * by the parsers as they are now. One folder and one test are kept unpacked and read from call to
 * call, as trials of one run come one after another.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "common/store.h"

typedef struct MmtestsAgain MmtestsAgain;

/* folder: for unpacked files, made and removed here. checkout: of MMTests, or NULL. It borrows the
 * store and the checkout. */
MmtestsAgain *mmtests_again_new(Store *store, const char *folder, const char *checkout);
void mmtests_again_free(MmtestsAgain *again);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MmtestsAgain, mmtests_again_free)

/* One trial. *ret_samples: a list as marvin/import.h has it, or NULL where there is no parser (the
 * stored samples stay); *ret_message: what is wrong with the whole trial, or NULL; the caller owns
 * both. ERROR_INPUT: the raw files cannot be read, or hold no such test. */
bool mmtests_again_extract(MmtestsAgain *again, const char *raw_hash, const char *test,
                           const char *trial_key, json_t **ret_samples, char **ret_message,
                           GError **error);
