/** Builds the page that `kinescope play FILE` serves: the player alone, in files of its own. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: "standalone",
  // The page stands below an address that nobody knows before.
  base: "./",
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
  test: { root: ".", include: ["test/unit/**/*.test.ts"] },
});
