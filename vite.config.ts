import { readFileSync } from 'node:fs';
import preact from '@preact/preset-vite';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { POLICY } from './web/policy.ts';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

const headers = { 'Content-Security-Policy': POLICY };

/** The policy in every HTML file, and in the file that some static hosts read headers from. */
const policy: Plugin = {
  name: 'policy',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' },
  ],
  generateBundle() {
    const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`);
    this.emitFile({ type: 'asset', fileName: '_headers', source: `/*\n${lines.join('')}` });
  },
};

export default defineConfig({
  root: 'web',
  // Relative addresses: the built page works under any path.
  base: './',
  plugins: [
    preact(),
    policy,
    VitePWA({
      // A new version waits until it is asked for: nothing reloads under a build.
      registerType: 'prompt',
      injectRegister: null,
      strategies: 'injectManifest',
      srcDir: 'src/worker',
      filename: 'sw.ts',
      injectManifest: {
        // All of it, the programs too: after one visit the page works without a network.
        globPatterns: ['**/*'],
        globIgnores: ['_headers'],
        maximumFileSizeToCacheInBytes: 16 * 2 ** 20,
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
  server: { headers },
  preview: { port: Number(process.env.PORT ?? 5173), strictPort: true, headers },
});
