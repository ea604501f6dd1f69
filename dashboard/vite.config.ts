// How the dashboard is built: hashed files under /assets, nothing inline, each file compressed beside itself.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { compressed } from './build/compressed.ts';

/** The server that `npm run dev` passes requests on to. */
const server = process.env.LINEKEEPER_URL ?? 'http://127.0.0.1:8080';
const passed = ['/api', '/media', '/pair', '/pages', '/setup', '/invitation', '/reset-password', '/socket.io'];

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    outDir: 'dist/app',
    target: 'es2022',
    // What is inline would need an exception in the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      // Few files, because a browser asks HTTP/1.1 for six at one time: what every page needs, and what several pages share.
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }, { name: 'shared', minShareCount: 3 }] } },
    },
  },
  server: {
    proxy: Object.fromEntries(passed.map((path) => [path, { target: server, ws: path === '/socket.io' }])),
  },
});
