/** Renders the whole console at an address, with the mock site in the network's place. */
import { render, screen } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { vi } from "vitest";
import { freshSite, type SiteData } from "../mock/data";
import { MockSite } from "../mock/site";
import { App, type Console, makeConsole } from "../src/app/App";

export interface Rendered extends Console {
  site: MockSite;
  user: UserEvent;
  /** Every request so far: method, path and query. */
  requests: string[];
}

interface Options {
  /** Who is signed in; nobody without it. */
  as?: string;
  change?: (data: SiteData) => void;
  /** How many recordings there are. */
  recordings?: number;
}

export function renderConsole(address: string, { as, change, recordings = 240 }: Options = {}): Rendered {
  const data = freshSite(recordings);
  change?.(data);
  const site = new MockSite(data);
  site.signedIn = as;
  const requests: string[] = [];
  vi.stubGlobal("fetch", async (input: Request) => {
    const url = new URL(input.url);
    requests.push(`${input.method} ${url.pathname}${url.search}`);
    return site.handle(input);
  });
  window.history.replaceState(null, "", address);
  const parts = makeConsole();
  render(<App {...parts} />);
  return { ...parts, site, user: userEvent.setup(), requests };
}

/** The first heading of the page, once it is there. */
export function findHeading(name: string): Promise<HTMLElement> {
  return screen.findByRole("heading", { level: 1, name });
}
