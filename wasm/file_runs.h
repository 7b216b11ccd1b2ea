/*
 * file_runs.h --- contents of new files, written in runs of blocks
 */

/* Turns it on for a command that writes a new file from its start to its end. */
void file_runs_use(int on);
