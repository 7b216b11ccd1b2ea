/*
 * file_runs.c --- map the contents of new files in runs of blocks
 *
 * debugfs' `write` hands libext2fs a block at a time.  For each the library
 * looks the extent up three times, writes zeros before the content, and
 * changes bitmap, group descriptor, extent and inode with their checksums.
 * Here blocks that follow each other in the file and on the disk are gathered
 * and accounted for at once.  Where a run begins and how extents become a tree
 * stays the library's business: it maps the first block; a run lengthens that
 * extent as long as the library would.
 *
 * No content is written, where the host asks for that: it is told which blocks of
 * the file lie where in the image.  It answers reads of a content with bytes that are not the
 * content's, only other than zero where the content is.
 *
 * Linked around libext2fs' functions (wasm-ld --wrap) in debugfs alone.
 */

#include "config.h"
#include "ext2fs/ext2_fs.h"
#include "ext2fs/ext2fs.h"
#include "ext2fs/ext3_extents.h"
#include "file_runs.h"

errcode_t __real_ext2fs_file_write(ext2_file_t file, const void *buf,
				   unsigned int nbytes, unsigned int *written);
errcode_t __real_ext2fs_file_close(ext2_file_t file);

/* Blocks `lblk` and following of the file that is written are `pblk`... */
__attribute__((import_module("storeimg"), import_name("content")))
void host_content(double lblk, double pblk, double len);

static int in_use;

static struct {
	ext2_file_t		file;	/* NULL: there is no run */
	ext2_extent_handle_t	handle;
	struct ext2fs_extent	extent;	/* which the run's first block ends */
	blk64_t			lblk, pblk;
	unsigned int		len, most;
} run;

void file_runs_use(int on)
{
	in_use = on;
}

/* Accounts for the run and ends it. */
static errcode_t flush_run(void)
{
	ext2_file_t file = run.file;
	ext2_filsys fs;
	struct ext2_inode *inode;
	errcode_t retval = 0;

	if (!file)
		return 0;
	fs = ext2fs_file_get_fs(file);
	inode = ext2fs_file_get_inode(file);
	if (run.len > 1) {
		ext2fs_block_alloc_stats_range(fs, run.pblk + 1, run.len - 1,
					       +1);
		run.extent.e_len += run.len - 1;
		retval = ext2fs_iblk_add_blocks(fs, inode, run.len - 1);
		if (!retval)
			retval = ext2fs_extent_replace(run.handle, 0,
						       &run.extent);
		if (!retval)
			retval = ext2fs_write_inode(fs,
					ext2fs_file_get_inode_num(file), inode);
	}
	ext2fs_extent_free(run.handle);
	if (!retval)
		host_content(run.lblk, run.pblk, run.len);
	run.file = NULL;
	return retval;
}

/* Has the library map a block that the file hasn't yet, and begins a run. */
static errcode_t begin_run(ext2_file_t file, blk64_t lblk)
{
	ext2_filsys fs = ext2fs_file_get_fs(file);
	ext2_ino_t ino = ext2fs_file_get_inode_num(file);
	struct ext2_inode *inode = ext2fs_file_get_inode(file);
	errcode_t retval;

	retval = ext2fs_bmap2(fs, ino, inode, NULL, BMAP_ALLOC, lblk, NULL,
			      &run.pblk);
	if (retval)
		return retval;
	run.file = file;
	run.lblk = lblk;
	run.len = 0;
	run.most = 1;
	run.handle = NULL;
	if (!(inode->i_flags & EXT4_EXTENTS_FL))
		return 0;
	retval = ext2fs_extent_open2(fs, ino, inode, &run.handle);
	if (retval)
		return retval;
	retval = ext2fs_extent_goto(run.handle, lblk);
	if (!retval)
		retval = ext2fs_extent_get(run.handle, EXT2_EXTENT_CURRENT,
					   &run.extent);
	if (retval) {
		ext2fs_extent_free(run.handle);
		run.file = NULL;
		return retval;
	}
	/* ext2fs_extent_set_bmap() begins a new one before EXT_INIT_MAX_LEN. */
	run.most = EXT_INIT_MAX_LEN - run.extent.e_len;
	return 0;
}

/* Is this block the one that the library would map next? */
static int continues_run(ext2_file_t file, blk64_t lblk)
{
	ext2_filsys fs = ext2fs_file_get_fs(file);
	blk64_t pblk = run.pblk + run.len;

	return run.file == file && lblk == run.lblk + run.len &&
		run.len < run.most && pblk < ext2fs_blocks_count(fs->super) &&
		!ext2fs_test_block_bitmap2(fs->block_map, pblk);
}

/* Whole blocks of a file, and the last block's part. */
static int fits_run(ext2_file_t file, __u64 pos, unsigned int nbytes)
{
	ext2_filsys fs = ext2fs_file_get_fs(file);
	struct ext2_inode *inode = ext2fs_file_get_inode(file);

	return in_use &&
		!(inode->i_flags & EXT4_INLINE_DATA_FL) &&
		!(fs->flags & EXT2_FLAG_SHARE_DUP) &&
		!ext2fs_has_feature_bigalloc(fs->super) &&
		pos % fs->blocksize == 0 && nbytes <= fs->blocksize &&
		(nbytes == fs->blocksize ||
		 pos + nbytes == EXT2_I_SIZE(inode)) &&
		pos + nbytes <= EXT2_I_SIZE(inode);
}

errcode_t __wrap_ext2fs_file_write(ext2_file_t file, const void *buf,
				   unsigned int nbytes, unsigned int *written)
{
	ext2_filsys fs = ext2fs_file_get_fs(file);
	errcode_t retval;
	blk64_t lblk;
	__u64 pos;

	retval = ext2fs_file_llseek(file, 0, EXT2_SEEK_CUR, &pos);
	if (retval)
		return retval;
	if (!fits_run(file, pos, nbytes)) {
		retval = flush_run();
		return retval ? retval :
			__real_ext2fs_file_write(file, buf, nbytes, written);
	}
	lblk = pos / fs->blocksize;
	if (!continues_run(file, lblk)) {
		retval = flush_run();
		if (!retval)
			retval = begin_run(file, lblk);
		if (retval)
			return retval;
	}
	run.len++;
	*written = nbytes;
	return ext2fs_file_llseek(file, pos + nbytes, EXT2_SEEK_SET, NULL);
}

errcode_t __wrap_ext2fs_file_close(ext2_file_t file)
{
	errcode_t flushed = run.file == file ? flush_run() : 0;
	errcode_t closed = __real_ext2fs_file_close(file);

	return flushed ? flushed : closed;
}
