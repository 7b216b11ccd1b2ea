/** Python's own collection of tars: every format, odd writers, all kinds of sparse files; beside a store. */
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { packTree, unpack } from '../fixtures/tree.ts';
import { DEFAULT_PROFILE } from '../oracles/kernel.ts';
import { satisfiesEveryOracle } from './oracles.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** For Debian's Python. Cuts out devices, and a file of the owner -1, which no kernel takes; unpacks the rest as tarfile understands it. */
const TAKE = `
import os, sys, tarfile, test
archive, folder = sys.argv[1:]
original = os.path.join(os.path.dirname(test.__file__), 'testtar.tar')
data = open(original, 'rb').read()
members = tarfile.open(original).getmembers()
ends = [member.offset for member in members[1:]] + [len(data)]
with open(archive, 'wb') as cut:
    for member, end in zip(members, ends):
        if not (member.isdev() or member.uid == 2**32 - 1):
            cut.write(data[member.offset:end])
os.umask(0o022)
tarfile.open(archive).extractall(folder, numeric_owner=True)
`;

beforeAll(async () => {
  await packTree(folder, 'store', tiny);
  await unpack(at('store.tar'), at('tree'));
  await run('/usr/bin/python3', ['-c', TAKE, at('testtar.tar'), at('tree')], { env: { LC_ALL: 'C.UTF-8' } });
});

satisfiesEveryOracle({
  folder,
  words: [at('store.tar'), at('testtar.tar')],
  tree: at('tree'),
  expectation: DEFAULT_PROFILE,
});
