/** Lets the development server answer the REST interface from the mock site. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Plugin } from "vite";
import { MockSite } from "./site.ts";

async function pass(site: MockSite, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const method = incoming.method ?? "GET";
  const request = new Request(`http://localhost${incoming.url}`, {
    method,
    headers: { "content-type": incoming.headers["content-type"] ?? "application/json" },
    ...(method !== "GET" &&
      method !== "HEAD" && { body: Readable.toWeb(incoming) as BodyInit, duplex: "half" }),
  } as RequestInit);
  const response = await site.handle(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

export function mockSitePlugin(): Plugin {
  return {
    name: "kinescope-mock-site",
    apply: "serve",
    configureServer(server) {
      const site = new MockSite();
      server.middlewares.use((incoming, outgoing, next) => {
        if (incoming.url?.startsWith("/api/")) {
          pass(site, incoming, outgoing).catch(next);
        } else {
          next();
        }
      });
    },
  };
}
