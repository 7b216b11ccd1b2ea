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
  readonly label: string;
  /** The program that the kernel's `init=` names. @param system the closure's root */
  readonly init: (system: string) => string;
}

const VARIANTS: readonly Variant[] = [
  {
    name: 'as the page makes it',
    choose: async () => {},
    label: 'NIXOS',
    init: (system) => `${system}/init`,
  },
  {
    name: 'with a label of its own',
    choose: (page) => page.fill('Volume label', 'MY-STORE'),
    label: 'MY-STORE',
    init: (system) => `${system}/init`,
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

test.each(VARIANTS)(
  '$name: boots, grows, and Nix verifies it',
  { timeout: 600_000 },
  async ({ choose, label, init }) => {
    const page = await browser.open();
    await page.choose([join(closure, 'store.tar')], [join(closure, 'closure-system')]);
    await choose(page);
    await page.build().click();
    await page.finished();
    await page.save(at('drive.img'));

    const said = await boot(
      { drive: at('drive.img'), driveBytes: DRIVE, root: `LABEL=${label}`, init: init(system) },
      folder,
    );
    expect(said).toContain('VERDICT status 0');
    expect((await run('dumpe2fs', ['-h', at('drive.img')], { env: environment })).toString()).toMatch(
      new RegExp(`^Block count: +${DRIVE / 4096}$`, 'm'),
    );
    expect(await fsck(at('drive.img'))).toMatchObject({ status: 0 });
  },
);
