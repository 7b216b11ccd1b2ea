import { readFileSync } from 'node:fs';
import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

export default defineConfig({
  root: 'web',
  // Relative addresses: the built page works under any path.
  base: './',
  plugins: [
    preact(),
    VitePWA({
      // A new version waits until it is asked for: nothing reloads under a build.
      registerType: 'prompt',
      injectRegister: null,
      workbox: {
        // All of it, the programs too: after one visit the page works without a network.
        globPatterns: ['**/*'],
        maximumFileSizeToCacheInBytes: 16 * 2 ** 20,
        navigateFallback: null,
      },
      manifest: {
        name: 'storeimg',
        description: 'Turns a tarball of Nix store paths into an ext4 disk image.',
        display: 'standalone',
        theme_color: '#2456b0',
        background_color: '#f5f6f8',
        icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' }],
      },
    }),
  ],
  define: { __VERSION__: JSON.stringify(version) },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['web/index.html', 'web/notices.html'] },
  },
  worker: { format: 'es' },
  preview: { port: Number(process.env.PORT ?? 5173), strictPort: true },
});
