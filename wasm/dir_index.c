/*
 * dir_index.c --- find names and free room in directories without scanning
 *
 * libext2fs looks a name up, and a place for a new one, by going through the
 * directory from its first block: building a large directory takes quadratic
 * time.  Here each directory that is used is read once; from then on a hash
 * table knows its names, and a number for each block how much room is in it.
 * Which bytes are written where stays the library's business: it is led to
 * the first block in which it would do anything, and goes on from there.
 *
 * Linked around libext2fs' functions (wasm-ld --wrap) in debugfs alone.  The
 * index learns of links and new blocks as they pass through; it must be off
 * while directories change in any other way.
 */

#include "config.h"
#include <stdlib.h>
#include <string.h>
#include "ext2fs/ext2_fs.h"
#include "ext2fs/ext2fs.h"
#include "ext2fs/ext2fsP.h"
#include "dir_index.h"

typedef int (*dirent_func)(ext2_ino_t dir, int entry,
			   struct ext2_dir_entry *dirent, int offset,
			   int blocksize, char *buf, void *priv_data);

errcode_t __real_ext2fs_lookup(ext2_filsys fs, ext2_ino_t dir,
			       const char *name, int namelen, char *buf,
			       ext2_ino_t *inode);
errcode_t __real_ext2fs_link(ext2_filsys fs, ext2_ino_t dir, const char *name,
			     ext2_ino_t ino, int flags);
errcode_t __real_ext2fs_expand_dir(ext2_filsys fs, ext2_ino_t dir);
errcode_t __real_ext2fs_dir_iterate2(ext2_filsys fs, ext2_ino_t dir,
				     int flags, char *block_buf,
				     dirent_func func, void *priv_data);

struct dir_name {
	__u32		hash;
	ext2_ino_t	ino;		/* 0: this slot is free */
	size_t		text;		/* in directory.text: length, bytes */
};

struct dir_block {
	blk64_t		blk;
	unsigned int	room;		/* the longest entry that fits */
};

/* Room in a block that a link changes even when its name doesn't fit. */
#define ROOM_VISIT	(~0U)

struct directory {
	ext2_filsys		fs;
	ext2_ino_t		ino;
	struct dir_name		*names;		/* open addressing */
	size_t			names_used, names_size;	/* a power of 2 */
	unsigned char		*text;
	size_t			text_used, text_size;
	struct dir_block	*blocks;
	size_t			blocks_used, blocks_size;
};

static int in_use;
static struct directory **directories;	/* by inode number */
static ext2_filsys directories_fs;
static char *block_buf;

static void free_directory(ext2_ino_t ino)
{
	struct directory *d = directories[ino];

	directories[ino] = NULL;
	if (!d)
		return;
	free(d->names);
	free(d->text);
	free(d->blocks);
	free(d);
}

static void forget(void)
{
	ext2_ino_t ino;

	if (!directories)
		return;
	for (ino = 0; ino <= directories_fs->super->s_inodes_count; ino++)
		free_directory(ino);
	free(directories);
	free(block_buf);
	directories = NULL;
}

void dir_index_use(int on)
{
	in_use = on;
	if (!on)
		forget();
}

/* Makes room for `more` elements behind `used` ones. */
static errcode_t grow(void *array, size_t *size, size_t used, size_t more,
		      size_t element)
{
	void **p = array, *larger;

	if (used + more <= *size)
		return 0;
	larger = realloc(*p, 2 * (used + more) * element);
	if (!larger)
		return EXT2_ET_NO_MEMORY;
	*p = larger;
	*size = 2 * (used + more);
	return 0;
}

static __u32 hash_name(const char *name, size_t len)
{
	__u32 hash = 2166136261U;	/* FNV-1a */

	while (len--)
		hash = (hash ^ (unsigned char) *name++) * 16777619U;
	return hash;
}

/* The slot that has a name, or would. */
static struct dir_name *find_name(struct directory *d, const char *name,
				  size_t len, __u32 hash)
{
	size_t i = hash;
	struct dir_name *slot;

	for (;; i++) {
		slot = &d->names[i & (d->names_size - 1)];
		if (!slot->ino)
			return slot;
		if (slot->hash == hash && d->text[slot->text] == len &&
		    !memcmp(&d->text[slot->text + 1], name, len))
			return slot;
	}
}

static errcode_t grow_names(struct directory *d)
{
	struct dir_name *old = d->names, *slot;
	size_t old_size = d->names_size, i, j;

	d->names_size = old_size ? 2 * old_size : 16;
	d->names = calloc(d->names_size, sizeof(*d->names));
	if (!d->names) {
		d->names = old;
		return EXT2_ET_NO_MEMORY;
	}
	for (i = 0; i < old_size; i++) {
		if (!old[i].ino)
			continue;
		for (j = old[i].hash;; j++) {
			slot = &d->names[j & (d->names_size - 1)];
			if (!slot->ino)
				break;
		}
		*slot = old[i];
	}
	free(old);
	return 0;
}

static errcode_t add_name(struct directory *d, const char *name, size_t len,
			  ext2_ino_t ino)
{
	__u32 hash = hash_name(name, len);
	struct dir_name *slot;

	if (4 * (d->names_used + 1) > 3 * d->names_size && grow_names(d))
		return EXT2_ET_NO_MEMORY;
	slot = find_name(d, name, len, hash);
	if (slot->ino)
		return EXT2_ET_FILE_EXISTS;
	if (grow(&d->text, &d->text_size, d->text_used, len + 1, 1))
		return EXT2_ET_NO_MEMORY;
	slot->hash = hash;
	slot->ino = ino;
	slot->text = d->text_used;
	d->text[d->text_used] = len;
	memcpy(&d->text[d->text_used + 1], name, len);
	d->text_used += len + 1;
	d->names_used++;
	return 0;
}

/*
 * Measures the room in a block as link_proc() of link.c finds it, and adds
 * the block's names if asked.  Fails on what ext2fs_process_dir_block() calls
 * corrupted.
 */
static errcode_t scan_block(struct directory *d, char *buf, int names,
			    unsigned int *room)
{
	ext2_filsys fs = d->fs;
	unsigned int offset, rec_len, used, csum_size = 0, size = fs->blocksize;
	struct ext2_dir_entry *dirent, *next;
	errcode_t retval;

	if (ext2fs_has_feature_metadata_csum(fs->super))
		csum_size = sizeof(struct ext2_dir_entry_tail);
	*room = 0;
	for (offset = 0; offset < size - 8; offset += rec_len) {
		dirent = (struct ext2_dir_entry *) (buf + offset);
		if (ext2fs_get_rec_len(fs, dirent, &rec_len) ||
		    offset + rec_len > size || rec_len < 8 || rec_len % 4 ||
		    (unsigned) ext2fs_dirent_name_len(dirent) + 8 > rec_len)
			return EXT2_ET_DIR_CORRUPTED;
		if (!dirent->inode && csum_size &&
		    offset == size - csum_size && rec_len == csum_size &&
		    dirent->name_len == EXT2_DIR_NAME_LEN_CSUM)
			continue;
		if (dirent->inode && names) {
			retval = add_name(d, dirent->name,
					  ext2fs_dirent_name_len(dirent),
					  dirent->inode);
			/* The first of several is the one that is found. */
			if (retval && retval != EXT2_ET_FILE_EXISTS)
				return retval;
		}
		used = dirent->inode ?
			EXT2_DIR_REC_LEN(ext2fs_dirent_name_len(dirent)) : 0;
		if (rec_len > used && rec_len - used > *room)
			*room = rec_len - used;
		/* An unused entry is absorbed by the one before it. */
		next = (struct ext2_dir_entry *) (buf + offset + rec_len);
		if (offset + rec_len < size - (8 + csum_size) && !next->inode)
			*room = ROOM_VISIT;
	}
	return 0;
}

static errcode_t add_block(struct directory *d, blk64_t blk)
{
	struct dir_block block = { .blk = blk };
	errcode_t retval;

	retval = ext2fs_read_dir_block4(d->fs, blk, block_buf, 0, d->ino);
	if (!retval)
		retval = scan_block(d, block_buf, 1, &block.room);
	if (!retval)
		retval = grow(&d->blocks, &d->blocks_size, d->blocks_used, 1,
			      sizeof(*d->blocks));
	if (!retval)
		d->blocks[d->blocks_used++] = block;
	return retval;
}

static int add_block_proc(ext2_filsys fs, blk64_t *blocknr,
			  e2_blkcnt_t blockcnt, blk64_t ref_block,
			  int ref_offset, void *priv_data)
{
	struct directory *d = priv_data;

	if (blockcnt == (e2_blkcnt_t) d->blocks_used && !add_block(d, *blocknr))
		return 0;
	d->ino = 0;
	return BLOCK_ABORT;
}

/* What is known of a directory; NULL for those that are left to the library. */
static struct directory *get_directory(ext2_filsys fs, ext2_ino_t ino)
{
	ext2_ino_t most = fs->super->s_inodes_count;
	struct directory *d;

	if (!in_use)
		return NULL;
	if (!directories) {
		directories = calloc(most + 1, sizeof(*directories));
		block_buf = malloc(fs->blocksize);
		directories_fs = fs;
		if (!directories || !block_buf)
			abort();
	}
	if (ino > most || directories[ino])
		return ino > most ? NULL : directories[ino];
	if (ext2fs_check_directory(fs, ino))
		return NULL;
	d = directories[ino] = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->fs = fs;
	d->ino = ino;
	if (grow_names(d) ||
	    ext2fs_block_iterate3(fs, ino,
				  BLOCK_FLAG_DATA_ONLY | BLOCK_FLAG_READ_ONLY,
				  NULL, add_block_proc, d) || !d->ino) {
		free_directory(ino);
		return NULL;
	}
	return d;
}

errcode_t __wrap_ext2fs_lookup(ext2_filsys fs, ext2_ino_t dir,
			       const char *name, int namelen, char *buf,
			       ext2_ino_t *inode)
{
	struct directory *d = get_directory(fs, dir);
	struct dir_name *slot;

	if (!d)
		return __real_ext2fs_lookup(fs, dir, name, namelen, buf, inode);
	slot = find_name(d, name, namelen, hash_name(name, namelen));
	if (!slot->ino)
		return EXT2_ET_FILE_NOT_FOUND;
	*inode = slot->ino;
	return 0;
}

/* The link that is being made: how __wrap_ext2fs_dir_iterate2() knows it. */
static struct {
	struct directory	*d;
	unsigned int		rec_len;
	int			placed;
} linking;

errcode_t __wrap_ext2fs_link(ext2_filsys fs, ext2_ino_t dir, const char *name,
			     ext2_ino_t ino, int flags)
{
	struct directory *d = get_directory(fs, dir);
	size_t len = strlen(name);
	errcode_t retval;

	linking.d = d;
	linking.rec_len = EXT2_DIR_REC_LEN(len);
	linking.placed = 0;
	retval = __real_ext2fs_link(fs, dir, name, ino, flags);
	linking.d = NULL;
	if (d && retval != EXT2_ET_DIR_NO_SPACE &&
	    (!linking.placed || add_name(d, name, len, ino)))
		free_directory(dir);
	return retval;
}

/*
 * ext2fs_link() goes through the blocks with this, by way of link_proc(): let
 * it see those only that it would change.
 */
errcode_t __wrap_ext2fs_dir_iterate2(ext2_filsys fs, ext2_ino_t dir, int flags,
				     char *buf, dirent_func func,
				     void *priv_data)
{
	struct directory *d = linking.d;
	struct dir_context ctx = {
		.dir = dir, .flags = flags, .buf = block_buf,
		.func = func, .priv_data = priv_data,
	};
	size_t i;
	int ret;

	if (!d)
		return __real_ext2fs_dir_iterate2(fs, dir, flags, buf, func,
						  priv_data);
	for (i = 0; i < d->blocks_used; i++) {
		if (d->blocks[i].room < linking.rec_len)
			continue;
		ret = ext2fs_process_dir_block(fs, &d->blocks[i].blk, i, 0, 0,
					       &ctx);
		if (ctx.errcode)
			return ctx.errcode;
		ctx.errcode = scan_block(d, block_buf, 0, &d->blocks[i].room);
		if (ctx.errcode)
			return ctx.errcode;
		if (ret & BLOCK_ABORT) {
			linking.placed = 1;
			break;
		}
	}
	return 0;
}

errcode_t __wrap_ext2fs_expand_dir(ext2_filsys fs, ext2_ino_t dir)
{
	struct directory *d = get_directory(fs, dir);
	errcode_t retval = __real_ext2fs_expand_dir(fs, dir);
	blk64_t blk;

	if (d && (retval ||
		  ext2fs_bmap2(fs, dir, NULL, NULL, 0, d->blocks_used, NULL,
			       &blk) || add_block(d, blk)))
		free_directory(dir);
	return retval;
}
