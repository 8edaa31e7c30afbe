/*
 * Folders of things that can be made again (an unpacked kernel, an image): the last used ones stay,
 * so that a year of releases does not fill the disk. What a running machine has open goes on to
 * work when its name is gone. Not for what cannot be made again.
 */
#pragma once

/* Marks a file or folder as used now. */
void recent_use(const char *path);

/* Removes the longest unused entries of folder until keep are left; entries whose names end with
 * suffix, or, where it is NULL, have no dot. What cannot be removed stays. */
void recent_keep(const char *folder, const char *suffix, unsigned keep);
