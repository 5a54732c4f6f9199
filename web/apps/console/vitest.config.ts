import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "https://kinescope.test/" } },
    setupFiles: ["./test/setup.ts"],
    include: ["test/**/*.test.{ts,tsx}"],
    css: false,
    testTimeout: 30_000,
    // Every page is rendered with its stylesheets left out; PatternFly must go through the same pipeline for that.
    server: { deps: { inline: [/@patternfly/] } },
  },
});
