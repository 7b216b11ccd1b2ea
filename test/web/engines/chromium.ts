/** Debian's Chromium, by Playwright. */
import { join } from 'node:path';
import type { ElementHandle } from 'playwright-core';
import { launch } from '../page.ts';
import type { Launch } from './driver.ts';

export const chromium: Launch = async (folder, { url }) => {
  const browser = await launch(url);
  const page = await browser.context.newPage();
  const element = async (expression: string) => (await page.evaluateHandle(expression)) as ElementHandle<HTMLElement>;
  return {
    async goto(address) {
      await page.goto(address);
    },
    evaluate: (expression) => page.evaluate(expression),
    click: async (target) => (await element(target)).click(),
    choose: async (input, files) => (await element(input)).setInputFiles([...files]),
    async download(target) {
      const started = page.waitForEvent('download');
      await (await element(target)).click();
      const download = await started;
      const path = join(folder, download.suggestedFilename());
      await download.saveAs(path);
      return path;
    },
    requests: () => browser.requests,
    close: () => browser.close(),
  };
};
