/** e2fsprogs' tests that can't judge our programs, and why: each row is a pattern of whole names. */
export const leftOut: readonly (readonly [tests: RegExp, reason: string])[] = [
  [/e_.*/, 'try out the library by programs of its own, in which nothing is ours'],
  [
    /m_(min|dev)?rootdir|m_rootdir_acl|m_devdir|f_extent_htree/,
    'mke2fs -d: a folder of the machine, which our system lacks',
  ],
  [/m_root(gnu|pax)?tar/, 'mke2fs -d: a tarball, by libarchive, without which we build'],
  [/m_assume_storage_prezeroed|u_direct_io/, 'a loop device'],
  [/f_mke2fs_baddisk/, 'a broken disk, by the device mapper'],
  [/d_fallocate_blkmap/, "a copy of /dev/null with that device's mode: every file of our system has mode 0644"],
  [/f_large_dir(_csum)?/, 'a directory of 65,010 long names, line by line: more than ten minutes'],
  [/f_mmp/, 'debugfs killed in the middle of its input: our programs read all of it'],
  [/t_uninit_bg_rm/, 'left out by e2fsprogs itself on Linux'],
];

/** Why a test is left out; `undefined` for one that has to pass. */
export function reasonAgainst(name: string): string | undefined {
  return leftOut.find(([tests]) => new RegExp(`^(${tests.source})$`).test(name))?.[1];
}
