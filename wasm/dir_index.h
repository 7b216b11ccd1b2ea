/*
 * dir_index.h --- names and free room of directories, kept in memory
 */

/* Turns the index on, or off and forgets everything: for what it can't follow. */
void dir_index_use(int on);
