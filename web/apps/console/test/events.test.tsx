/** Events of a recording: beside the player, and alone where there is no picture. */
import { act, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type EventIndex, FEW_EVENTS } from "../mock/data";
import type { IndexedEvent } from "../src/api/recordings";
import {
  besides,
  countKinds,
  inOrder,
  keysOf,
  lastUntil,
  MOST_KINDS,
  passing,
  timeBeside,
} from "../src/rooms/player/events/events";
import { renderConsole } from "./render";

// The player needs a worker, WebAssembly and a canvas; the browser tests have them. Here an element says what it would.
vi.mock("@kinescope/player", () => ({}));

class SaidPlayer extends HTMLElement {
  state = "paused";
  following = false;
  events: EventIndex["events"] = [];
  eventFilter: ((event: { kind: string; text: string }) => boolean) | null = null;
  recipientNames = {};
  nextEvent = vi.fn();
  previousEvent = vi.fn();
  private at = 0;
  private absolute = false;

  get currentTime(): number {
    return this.at;
  }

  set currentTime(seconds: number) {
    this.at = seconds;
    this.dispatchEvent(new Event("timeupdate"));
  }

  get absoluteTime(): boolean {
    return this.absolute;
  }

  set absoluteTime(absolute: boolean) {
    this.absolute = absolute;
    this.dispatchEvent(new Event("timeupdate"));
  }
}

beforeAll(() => customElements.define("kinescope-player", SaidPlayer));
beforeEach(() => {
  Element.prototype.scrollTo = () => {};
});

const ID = (index: number) => (0x0193_4f00_0000 + index).toString(16).padStart(12, "0").padEnd(32, "7");
const LIVE = ID(0);
const FINISHED = ID(3);
const WITHOUT_PICTURE = ID(9);

function open(id: string, search = "?panel=events", index?: Partial<EventIndex>, seconds = 180) {
  return renderConsole(`/recordings/${id}${search}`, {
    as: "viewer",
    recordings: 12,
    change: (data) => {
      const opened = data.recordings.find((one) => one.id === id);
      Object.assign(opened ?? {}, { duration_us: seconds * 1e6 });
      if (index) {
        data.indexes[id] = { events: [], events_left_out: 0, ...index };
      }
    },
  });
}

function player(): SaidPlayer {
  const [found] = document.getElementsByTagName("kinescope-player");
  if (!(found instanceof SaidPlayer)) {
    throw new Error("there is no player");
  }
  return found;
}

const list = () => screen.findByRole("list", { name: "Events" });

async function rows(): Promise<string[]> {
  return within(await list())
    .getAllByRole("button")
    .map((row) => row.textContent ?? "");
}

async function current(): Promise<string | undefined> {
  const marked = within(await list())
    .getAllByRole("button")
    .filter((row) => row.getAttribute("aria-current") === "true");
  expect(marked.length).toBeLessThan(2);
  return marked[0]?.textContent ?? undefined;
}

describe("events", () => {
  const words = (kind: string) => ({ lock: "Locked", custom: "Message of a program" })[kind] ?? kind;

  it("are looked for by all words, in any case, in kind and text", () => {
    const passes = passing({ text: "MESSAGE  invoice", kinds: [] }, words);
    expect(passes({ kind: "custom", text: "Invoice 4711" })).toBe(true);
    expect(passes({ kind: "custom", text: "Order 4711" })).toBe(false);
    expect(passing({ text: "", kinds: ["lock"] }, words)({ kind: "custom", text: "" })).toBe(false);
  });

  it("are put in order, and the sealed ones have a word", () => {
    const events = [2, 1, 3].map((time_us) => ({ time_us, kind: time_us === 3 ? "" : "lock", text: "" }));
    expect(inOrder(events).map(({ time_us, kind }) => [time_us, kind])).toEqual([
      [1, "lock"],
      [2, "lock"],
      [3, "sealed"],
    ]);
  });

  it("are counted by kind, and no more kinds are offered than can be chosen from", () => {
    const made = Array.from({ length: 500 }, (_none, index) => ({
      time_us: index,
      kind: `made-up-${index}`,
    }));
    const kinds = countKinds([...made, { time_us: 0, kind: "lock" }, { time_us: 1, kind: "lock" }]);
    expect(kinds[0]).toEqual({ kind: "lock", count: 2 });
    expect(kinds).toHaveLength(MOST_KINDS);
  });

  it("keep their names whatever comes besides, and the chosen one stays chosen when they are read anew", () => {
    const event = (time_us: number, text: string) => ({ time_us, kind: "custom", text });
    const before = [event(5, "a"), event(5, "b"), event(5, "b"), event(9, "c")];
    const after = [event(1, "late"), ...before.map((one) => ({ ...one }))];
    expect(new Set(keysOf(before)).size).toBe(4);
    expect(keysOf(after).slice(1)).toEqual(keysOf(before));
    // Of three at one moment the list's own choice is the last.
    expect(besides(before, 2, before[1] as IndexedEvent)).toBe(1);
    expect(besides(after, 3, before[0] as IndexedEvent)).toBe(1);
    expect(besides(after, 4, before[0] as IndexedEvent)).toBe(4);
  });

  it("have neighbours", () => {
    const events = [1, 4, 4, 9].map((time_us) => ({ time_us }));
    expect([0, 1, 3, 4, 20].map((us) => lastUntil(events, us))).toEqual([-1, 0, 0, 2, 3]);
    expect([0, 4, 9].map((us) => timeBeside(events, us, true))).toEqual([1, 9, undefined]);
    expect([0, 4, 20].map((us) => timeBeside(events, us, false))).toEqual([undefined, 1, 9]);
  });
});

const FEW = [
  "0:00 The session began 1920×1080",
  "0:04 Opened xfce4-session was opened first",
  "0:21 Locked",
  "1:34 Unlocked",
  "2:10 Message of a program Invoice 4711 was released by ana",
  "2:35 Locked",
];

describe("beside the player", () => {
  it("open with a key, in words, and close with it", async () => {
    const { user, router, requests } = open(FINISHED, "");
    expect(await screen.findByRole("complementary", { name: "Details" })).toBeVisible();
    expect(requests.some((request) => request.endsWith("/index"))).toBe(false);
    await user.keyboard("e");
    expect(await rows()).toEqual(FEW);
    expect(screen.getByText("6 events")).toBeVisible();
    expect(router.state.location.search).toMatchObject({ panel: "events" });
    await user.keyboard("e");
    expect(screen.queryByRole("complementary")).toBeNull();
    await user.keyboard("d");
    expect(await screen.findByRole("complementary", { name: "Details" })).toBeVisible();
  });

  it("mark the one at the position or just before it, and lead the player to a place", async () => {
    const { user } = open(FINISHED);
    expect(await current()).toBe(FEW[0]);
    act(() => {
      player().currentTime = 93.9;
    });
    expect(await current()).toBe(FEW[2]);
    await user.click(within(await list()).getByRole("button", { name: /Invoice/ }));
    expect(player().currentTime).toBe(130);
    expect(await current()).toBe(FEW[4]);
    await user.keyboard("{Home}{ArrowDown}{ArrowDown}{Enter}");
    expect(player().currentTime).toBe(21);
    await user.keyboard("np");
    expect(player().nextEvent).toHaveBeenCalledOnce();
    expect(player().previousEvent).toHaveBeenCalledOnce();
  });

  it("at the same moment are told apart by which one was chosen", async () => {
    const events = ["one", "two", "three"].map((text) => ({ time_us: 5e6, kind: "custom", text }));
    const { user } = open(FINISHED, "?panel=events", { events });
    await user.click(within(await list()).getByRole("button", { name: /two/ }));
    expect(await current()).toMatch(/two/);
    act(() => {
      player().currentTime = 6;
    });
    expect(await current()).toMatch(/two/);
    act(() => {
      player().currentTime = 4;
    });
    expect(await current()).toBeUndefined();
  });

  it("show times as the player does, and change it for both", async () => {
    const { user } = open(FINISHED);
    await list();
    await user.click(screen.getByRole("button", { name: "Time since the start" }));
    expect(player().absoluteTime).toBe(true);
    expect((await rows())[0]).toMatch(/^\d\d:\d\d:\d\d The session began/);
    act(() => {
      player().absoluteTime = false;
    });
    expect(await rows()).toEqual(FEW);
  });

  it("write hours everywhere in a recording that has some", async () => {
    open(FINISHED, "?panel=events", FEW_EVENTS, 7200);
    expect((await rows())[3]).toBe("0:01:34 Unlocked");
  });

  it("are filtered by kinds that occur and by words, in the address; the player goes to what is listed", async () => {
    const { user, router } = open(FINISHED);
    await list();
    await user.click(screen.getByRole("button", { name: "Kinds of events: All kinds" }));
    const menu = await screen.findByRole("menu", { name: "Kinds of events" });
    expect(
      within(menu)
        .getAllByRole("menuitem")
        .map((item) => item.textContent),
    ).toEqual([
      "Locked 2events",
      "The session began 1event",
      "Opened 1event",
      "Unlocked 1event",
      "Message of a program 1event",
    ]);
    await user.click(within(menu).getByRole("checkbox", { name: /^Locked/ }));
    await waitFor(async () => expect(await rows()).toEqual([FEW[2], FEW[5]]));
    expect(screen.getByText("2 of 6 events")).toBeVisible();
    await user.click(within(menu).getByRole("checkbox", { name: /^Message/ }));
    await waitFor(async () => expect(await rows()).toEqual([FEW[2], FEW[4], FEW[5]]));
    await user.keyboard("{Escape}");
    await user.type(screen.getByRole("textbox", { name: "Search events" }), "INVOICE");
    await waitFor(async () => expect(await rows()).toEqual([FEW[4]]));
    expect(router.state.location.search).toMatchObject({ find: "INVOICE", kinds: "lock,custom" });
    expect(FEW_EVENTS.events.filter((event) => player().eventFilter?.(event))).toHaveLength(1);
    await user.keyboard("{Escape}e");
    expect(player().eventFilter).not.toBeNull();
    await user.clear(screen.getByRole("textbox", { name: "Search events" }));
    await user.type(screen.getByRole("textbox", { name: "Search events" }), "nothing like it");
    expect(await screen.findByText("No event matches")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Clear filters" }));
    await waitFor(async () => expect(await rows()).toEqual(FEW));
    await user.click(screen.getByRole("button", { name: "Events" }));
    expect(player().eventFilter).toBeNull();
  });

  it("come of a live recording as the player hears of them, and then as the index says", async () => {
    const { site, queryClient } = open(LIVE, "?panel=events", FEW_EVENTS);
    expect(await rows()).toHaveLength(6);
    const resized = { time_us: 170e6, kind: "resize", text: "" };
    act(() => {
      player().events = [...FEW_EVENTS.events, resized];
      player().dispatchEvent(new Event("events"));
    });
    expect((await rows()).at(-1)).toBe("2:50 Size of the screen");
    site.data.indexes[LIVE] = {
      events: [...FEW_EVENTS.events, { ...resized, text: "800×600" }],
      events_left_out: 0,
    };
    await act(() => queryClient.invalidateQueries({ queryKey: ["recordings", "index"] }));
    await waitFor(async () => expect((await rows()).at(-1)).toBe("2:50 Size of the screen 800×600"));
  });

  it("may be very many: only those that can be seen are in the page, and what is not listed is told", async () => {
    const events = Array.from({ length: 8192 }, (_none, index) => ({
      time_us: index * 1e6,
      kind: index % 2 ? "unlock" : "lock",
      text: `number ${index}`,
    }));
    const { user } = open(FINISHED, "?panel=events", { events, events_left_out: 1234 }, 9000);
    const shown = await rows();
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.length).toBeLessThan(80);
    expect(screen.getByText("8,192 events")).toBeVisible();
    expect(screen.getByText(/1,234 later events are not listed/)).toBeVisible();
    expect(screen.getByText(/happened after 2:16:31 is in the recording/)).toBeVisible();
    await user.type(screen.getByRole("textbox", { name: "Search events" }), "NUMBER 8191");
    await waitFor(async () => expect(await rows()).toEqual(["2:16:31 Unlocked number 8191"]));
  });

  it("that are sealed say so", async () => {
    open(FINISHED, "?panel=events", {
      sealed: { classes: ["events"], recipients: ["a"] },
      events: [
        { time_us: 1e6, kind: "", text: "" },
        { time_us: 2e6, kind: "", text: "" },
      ],
    });
    expect(await rows()).toEqual(["0:01 Sealed event", "0:02 Sealed event"]);
    expect(screen.getByRole("heading", { name: /Events are sealed/ })).toBeVisible();
    expect(screen.getByText(/kinescope info --json --key/)).toBeVisible();
  });

  it("that there are none of say what would be here", async () => {
    open(FINISHED, "?panel=events", {});
    expect(await screen.findByText("Nothing has happened yet")).toBeVisible();
    expect(screen.getByText(/messages of programs are listed here/)).toBeVisible();
  });

  it("are words of the recorded machine and nothing else", async () => {
    const hostile = "$t(player.title) {{user}} <img src=x onerror=alert(1)>";
    open(FINISHED, "?panel=events", {
      events: [
        { time_us: 0, kind: "player.title", text: hostile },
        { time_us: 1e6, kind: "a:b.c", text: "" },
      ],
    });
    expect(await rows()).toEqual([`0:00 player.title ${hostile}`, "0:01 a:b.c"]);
  });

  it("say what failed, and are asked for again", async () => {
    const { site, user } = open(FINISHED, "");
    await screen.findByRole("complementary", { name: "Details" });
    const handle = site.handle.bind(site);
    site.handle = async (request) =>
      request.url.endsWith("/index")
        ? Response.json({ code: "internal", message: "x", help: "y" }, { status: 500 })
        : handle(request);
    await user.keyboard("e");
    expect(await screen.findByText(/Listing the events did not work/)).toBeVisible();
    site.handle = handle;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await rows()).toEqual(FEW);
  });

  it("keep to an address that was kept from before", async () => {
    open(FINISHED, "?details=off");
    await waitFor(() => expect(player()).toBeInTheDocument());
    expect(screen.queryByRole("complementary")).toBeNull();
  });
});

describe("without a picture", () => {
  it("are the same list, with the place in the address", async () => {
    const { user, router } = open(WITHOUT_PICTURE, "");
    expect(await screen.findByText("This recording has no picture")).toBeVisible();
    expect(await rows()).toEqual(FEW);
    expect(await current()).toBeUndefined();
    expect(screen.queryByRole("button", { name: "Events" })).toBeNull();
    await user.click(within(await list()).getByRole("button", { name: /Unlocked/ }));
    await waitFor(() => expect(router.state.location.searchStr).toBe("?t=94"));
    expect(await current()).toBe(FEW[3]);
    await user.keyboard("n");
    await waitFor(() => expect(router.state.location.searchStr).toBe("?t=130"));
    await user.keyboard("pp");
    await waitFor(() => expect(router.state.location.searchStr).toBe("?t=21"));
    await user.keyboard("t");
    await waitFor(async () => expect((await rows())[0]).toMatch(/^\d\d:\d\d:\d\d /));
  });
});

it.each([
  ["beside the player", FINISHED],
  ["without a picture", WITHOUT_PICTURE],
])("no rule of accessibility is broken %s", async (_where, id) => {
  open(id);
  await list();
  const { violations } = await axe.run(document.body, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules: { "color-contrast": { enabled: false } },
  });
  expect(
    violations.map(({ id: rule, nodes }) => `${rule}: ${nodes.map((node) => node.html).join(" ")}`),
  ).toEqual([]);
});
