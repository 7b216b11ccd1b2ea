/*
 * debugfs_commands.c --- debugfs as a service: one command a call
 *
 * Takes the place of libss' listener (lib/ss/listen.c).  main() opens the
 * image as its arguments say and comes to ss_listen(), where it stays: the
 * host leaves it there by throwing, and runs commands by calling in.
 * Commands come as argument vectors, past the line parser: nothing in a name
 * is quoted, cut or parsed.
 */

#include "config.h"
#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include "ss/ss.h"
#include "dir_index.h"
#include "file_runs.h"

extern int ss_sci_idx;
int ss_execute_command(int sci_idx, char **argv);	/* not in ss.h */

__attribute__((import_module("storeimg"), import_name("listen"), noreturn))
void host_listen(void);

int ss_listen(int sci_idx)
{
	host_listen();
}

/* Room for a command: its argv, and behind it the strings. */
EMSCRIPTEN_KEEPALIVE void *command_room(size_t size)
{
	static void *room;

	free(room);
	room = malloc(size);
	if (!room)
		abort();
	return room;
}

static int is_one_of(const char *word, const char * const *list)
{
	while (*list && strcmp(word, *list))
		list++;
	return *list != NULL;
}

/* Commands that change directories by links and new blocks alone, or not. */
static int keeps_dir_index(char **argv)
{
	static const char * const commands[] = {
		"cd", "write", "mkdir", "symlink", "ln", "mknod", "expand_dir",
		"ea_set", "stat", "dump", NULL
	};
	static const char * const fields[] = {
		"mode", "uid", "gid", "links_count",
		"atime", "mtime", "ctime", "crtime", NULL
	};

	return is_one_of(argv[0], commands) ||
		(!strcmp(argv[0], "sif") && argv[1] && argv[2] &&
		 is_one_of(argv[2], fields));
}

/* @maps: the host takes contents as blocks, see file_runs.c */
EMSCRIPTEN_KEEPALIVE void command_run(char **argv, int maps)
{
	int retval;

	dir_index_use(keeps_dir_index(argv));
	file_runs_use(maps && !strcmp(argv[0], "write"));
	retval = ss_execute_command(ss_sci_idx, argv);
	if (retval)
		ss_perror(ss_sci_idx, retval, argv[0]);
}

/* What else listen.c defines, for the commands `quit` and `lcd`'s like. */
void ss_abort_subsystem(int sci_idx, int code)
{
}

void ss_quit(int argc, ss_argv_t argv, int sci_idx, void *infop)
{
}
