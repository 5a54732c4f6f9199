import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { mockSitePlugin } from "./mock/vitePlugin.ts";

const ENGINE_FOLDER = fileURLToPath(new URL("../../packages/player/wasm", import.meta.url));

/** A console without its player must not be built by accident: the engine is compiled by another command. */
function requireEngine(): Plugin {
  return {
    name: "kinescope-require-engine",
    apply: "build",
    buildStart() {
      const built =
        existsSync(ENGINE_FOLDER) && readdirSync(ENGINE_FOLDER).some((name) => name.endsWith(".wasm"));
      if (!built) {
        this.error(
          `the player's engine is not built: no .wasm file in ${ENGINE_FOLDER}; run "make wasm" first`,
        );
      }
    },
  };
}

/** What is smaller is not worth a copy. */
const LEAST_BYTES = 1024;
/** Pictures and most fonts are compressed already. */
const COMPRESSES = /\.(css|html|js|json|map|svg|ttf|wasm)$/;

/** Puts compressed copies beside files, once, so that the server need not compress: `.br` and `.gz` where they are smaller. */
function compressedCopies(): Plugin {
  return {
    name: "kinescope-compressed-copies",
    apply: "build",
    async writeBundle({ dir }) {
      const folder = dir ?? "dist";
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
      for (const file of files.filter((name) => COMPRESSES.test(name))) {
        const path = join(folder, file);
        const bytes = readFileSync(path);
        const copies = {
          br: brotliCompressSync(bytes, {
            params: {
              [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
              [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
            },
          }),
          gz: gzipSync(bytes, { level: 9 }),
        };
        for (const [ending, copy] of Object.entries(copies)) {
          if (bytes.length >= LEAST_BYTES && copy.length < bytes.length) {
            writeFileSync(`${path}.${ending}`, copy);
          }
        }
      }
    },
  };
}

// With KINESCOPE_SERVER=https://… the development server shows that server's data; without it, the mock site's.
const server = process.env.KINESCOPE_SERVER;

export default defineConfig({
  plugins: [react(), requireEngine(), compressedCopies(), ...(server ? [] : [mockSitePlugin()])],
  server: {
    port: Number(process.env.PORT ?? 5173),
    // The server answers only to pages of its own.
    proxy: server
      ? {
          "/api": {
            target: server,
            secure: false,
            changeOrigin: true,
            ws: true,
            headers: { origin: server },
          },
        }
      : undefined,
  },
  build: {
    target: "es2022",
    // The content security policy allows no data: addresses for fonts and scripts, so nothing is written into the bundle.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  worker: { format: "es" },
});
