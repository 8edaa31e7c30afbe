/* The cases of tests/data/mmtests, one folder each with its commands*.txt. */
#pragma once

/* Calls visit for every commands*.txt of every case and adds up what it returns. folder: of the
 * case, absolute; file: the name of the commands. */
unsigned mmtests_cases_visit(unsigned (*visit)(const char *folder, const char *file));
