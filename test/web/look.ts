/** A state of the page looked at as it is, in light and dark, wide and narrow. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The folder that gets a picture of each (npm run screenshots). */
const pictures = process.env.SCREENSHOTS;

const LOOKS = [1280, pictures ? 360 : 320].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
);

/** Nothing is wider than its window, axe-core finds nothing. */
export async function look(page: Page, state: string): Promise<void> {
  for (const { width, scheme } of LOOKS) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 800 });
    const where = `${state}, ${width}, ${scheme}`;
    expect(await page.evaluate(() => document.documentElement.scrollWidth), where).toBeLessThanOrEqual(width);
    expect(await findings(page), where).toEqual([]);
    if (pictures) await page.screenshot({ path: join(pictures, `${state}-${width}-${scheme}.png`), fullPage: true });
  }
}

/** What axe-core finds, in short. Evaluated from outside: the page's policy allows no script but its own. */
export async function findings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (
      window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      }
    ).axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}
