/** A server and a browser of a test file's own, gone when the file is done. */
import type { Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, expect, onTestFinished } from 'vitest';
import { type Browser, launch, type Server, type StoreimgPage, serve } from './page.ts';

export interface Visit {
  readonly server: Server;
  readonly browser: Browser;
  /** A tab with the page, which is closed with the test that opened it. */
  open(): Promise<StoreimgPage>;
  /** Answers no request for such a file before the test is over, or the returned function is called. */
  hold(file: RegExp): () => void;
}

/** @param keepsCopy whether the page may keep a copy of itself, which answers in place of a server that is to be slow */
export function usePage({ keepsCopy = true } = {}): Visit {
  let server: Server;
  let browser: Browser;
  let shared: readonly Page[];

  beforeAll(async () => {
    server = await serve('/some/where/', keepsCopy ? undefined : /\/sw\.js$/);
    browser = await launch(server.url);
    return async () => {
      await browser.close();
      server.close();
    };
  });

  beforeEach(() => {
    shared = browser.context.pages();
  });

  // Whatever became of the test: what it left would go on building beside the next.
  afterEach(async () => {
    for (const page of browser.context.pages()) if (!shared.includes(page)) await page.close();
  });

  return {
    get server() {
      return server;
    },
    get browser() {
      return browser;
    },
    open: () => browser.open(),
    hold(file) {
      const release = server.hold(file);
      onTestFinished(release);
      return release;
    },
  };
}

/** Waits until nothing is left of tabs that are gone: a page looks once, when it is opened, and a lock may be freed later. */
export async function leftoversGo(tab: StoreimgPage): Promise<void> {
  const reopened = async () => {
    await tab.page.reload();
    return tab.scratchFiles();
  };
  await expect.poll(reopened, { interval: 500 }).toEqual([]);
}
