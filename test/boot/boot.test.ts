/** Images built on the page boot: real Nix inside them finds its store as it was. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { environment, fsck } from '../oracles/native.ts';
import { type Browser, launch, type StoreimgPage, serve } from '../web/page.ts';
import { boot } from './machine.ts';

/** Bytes of the drive that the filesystem grows to. */
const DRIVE = 512 * 2 ** 20;

interface Variant {
  readonly name: string;
  /** What is chosen on the page. */
  readonly choose: (page: StoreimgPage) => Promise<void>;
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
    choose: async () => {},
    root: 'LABEL=NIXOS',
    init: (system) => `${system}/init`,
    offset: 0,
  },
  {
    name: 'for U-Boot, with a label of its own',
    choose: async (page) => {
      await page.fill('Volume label', 'MY-STORE');
      await page.select('ext4 features', 'u-boot');
    },
    root: 'LABEL=MY-STORE',
    init: (system) => `${system}/init`,
    offset: 0,
  },
  {
    name: 'for NixOS, where Nix collects garbage',
    choose: (page) => page.check('Ready to boot NixOS'),
    root: 'LABEL=NIXOS',
    init: () => '/nix/var/nix/profiles/system/init',
    offset: 0,
  },
];

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const maker = fileURLToPath(new URL('closure/make.sh', import.meta.url));
let closure: string;
let system: string;
let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;

beforeAll(async () => {
  closure = (await run('bash', [maker])).toString().trim();
  const manifest = await readFile(join(closure, 'closure-system'), 'utf8');
  system = manifest.split('\n').find((line) => line.endsWith('-system'))!;
  server = await serve();
  browser = await launch(server.url);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

test.each(VARIANTS)('$name: boots, grows, and Nix verifies it', { timeout: 600_000 }, async (variant) => {
  const page = await browser.open();
  await page.choose([join(closure, 'store.tar')], [join(closure, 'closure-system')]);
  await variant.choose(page);
  await page.build().click();
  await page.finished();
  const drive = at('drive.img');
  await page.save(drive);

  const said = await boot({ drive, driveBytes: DRIVE, root: variant.root, init: variant.init(system) }, folder);
  expect(said).toContain('VERDICT status 0');

  const skip = variant.offset / 2 ** 20;
  await run('dd', [`if=${drive}`, `of=${at('grown.img')}`, 'bs=1M', `skip=${skip}`, 'conv=sparse', 'status=none']);
  const facts = (await run('dumpe2fs', ['-h', at('grown.img')], { env: environment })).toString();
  expect(facts).toMatch(new RegExp(`^Block count: +${(DRIVE - variant.offset) / 4096}$`, 'm'));
  expect(await fsck(at('grown.img'))).toMatchObject({ status: 0 });
});
