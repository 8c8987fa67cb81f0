/// <reference types="vitest/config" />
import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // a hub behind a path of another server finds its files too
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    sourcemap: false,
    assetsInlineLimit: 0, // the content security policy knows no data: but images
    modulePreload: { polyfill: false },
  },
  // `npm run dev` beside a running hub.
  server: { proxy: { "/api": { target: "http://127.0.0.1:8080", changeOrigin: false } } }, // the hub takes orders from its own page: origin and host stay one
  test: { include: ["src/**/*.test.ts"], environment: "node", reporters: ["default"], css: true },
});
