import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
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

// With KINESCOPE_SERVER=https://… the development server shows that server's data; without it, the mock site's.
const server = process.env.KINESCOPE_SERVER;

export default defineConfig({
  plugins: [react(), requireEngine(), ...(server ? [] : [mockSitePlugin()])],
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
