import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Most of the time goes to files and other programs: two test files keep two cores busy.
    maxWorkers: 2,
    // A first use makes fixtures and caches; a hang is still found.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // What is polled for comes when it comes: a machine may be busy.
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default', './test/summary-reporter.ts'],
  },
});
