// How the dashboard is built: files with a hash in their name under /assets, nothing inline in the page, and a compressed
// copy beside each file.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { compressed } from './build/compressed.ts';

/** The linekeeper server to which `npm run dev` forwards API requests. */
const server = process.env.LINEKEEPER_URL ?? 'http://127.0.0.1:8080';
const passed = ['/api', '/media', '/pair', '/pages', '/setup', '/invitation', '/reset-password', '/socket.io'];

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    outDir: 'dist/app',
    target: 'es2022',
    // Put nothing inline, because the content security policy would need an exception for it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      // Build few files, because over HTTP/1.1 a browser loads only six files at the same time. One file has what every page
      // needs, and another what several pages share.
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }, { name: 'shared', minShareCount: 3 }] } },
    },
  },
  server: {
    proxy: Object.fromEntries(passed.map((path) => [path, { target: server, ws: path === '/socket.io' }])),
  },
});
