/** Images boot, most of them built on the page: real Nix inside them finds its store as it was. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { environment, fsck } from '../oracles/native.ts';
import { type Browser, launch, type StoreimgPage, serve } from '../web/page.ts';
import { boot } from './machine.ts';

/** Bytes of the drive that the filesystem grows to. */
const DRIVE = 512 * 2 ** 20;

interface Variant {
  readonly name: string;
  /** Builds the image, as a drive. */
  readonly make: (drive: string) => Promise<void>;
  /** The kernel's `root=`. */
  readonly root: string;
  /** The kernel's `init=`. @param system the closure's root */
  readonly init: (system: string) => string;
  /** Where on the drive the filesystem begins: a multiple of 1 MiB. */
  readonly offset: number;
}

const VARIANTS: readonly Variant[] = [
  {
    name: 'as the page makes it',
    make: onPage(async () => {}),
    root: 'LABEL=NIXOS',
    init: (system) => `${system}/init`,
    offset: 0,
  },
  {
    name: 'for U-Boot, with a label of its own',
    make: onPage(async (page) => {
      await page.fill('Volume label', 'MY-STORE');
      await page.select('ext4 features', 'u-boot');
    }),
    root: 'LABEL=MY-STORE',
    init: (system) => `${system}/init`,
    offset: 0,
  },
  {
    name: 'for NixOS, where Nix collects garbage',
    make: onPage((page) => page.check('Ready to boot NixOS')),
    root: 'LABEL=NIXOS',
    init: () => '/nix/var/nix/profiles/system/init',
    offset: 0,
  },
  {
    name: 'as a partition, by the page',
    make: onPage((page) => page.select('Partition table', 'mbr')),
    root: 'LABEL=NIXOS',
    init: (system) => `${system}/init`,
    offset: 8 * 2 ** 20,
  },
  {
    name: 'as a partition, by the command line',
    make: async (drive) => {
      await build(drive, [store(), '--manifest', manifest(), '--disk', 'mbr']);
    },
    root: 'LABEL=NIXOS',
    init: (system) => `${system}/init`,
    offset: 8 * 2 ** 20,
  },
];

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const maker = fileURLToPath(new URL('closure/make.sh', import.meta.url));
let closure: string;
const store = () => join(closure, 'store.tar');
const manifest = () => join(closure, 'closure-system');
let system: string;
let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;

beforeAll(async () => {
  closure = (await run('bash', [maker])).toString().trim();
  const lines = (await readFile(manifest(), 'utf8')).split('\n');
  system = lines.find((line) => line.endsWith('-system'))!;
  server = await serve();
  browser = await launch(server.url);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

/** Builds on the page. @param choose what else is chosen there */
function onPage(choose: (page: StoreimgPage) => Promise<void>): Variant['make'] {
  return async (drive) => {
    const page = await browser.open();
    await page.choose([store()], [manifest()]);
    await choose(page);
    await page.build().click();
    await page.finished();
    await page.save(drive);
  };
}

test.each(VARIANTS)('$name: boots, grows, and Nix verifies it', { timeout: 600_000 }, async (variant) => {
  const drive = at('drive.img');
  await variant.make(drive);
  const said = await boot({ drive, driveBytes: DRIVE, root: variant.root, init: variant.init(system) }, folder);
  expect(said).toContain('VERDICT status 0');

  const skip = variant.offset / 2 ** 20;
  await run('dd', [`if=${drive}`, `of=${at('grown.img')}`, 'bs=1M', `skip=${skip}`, 'conv=sparse', 'status=none']);
  const facts = (await run('dumpe2fs', ['-h', at('grown.img')], { env: environment })).toString();
  expect(facts).toMatch(new RegExp(`^Block count: +${(DRIVE - variant.offset) / 4096}$`, 'm'));
  await fsck(at('grown.img'));
});
