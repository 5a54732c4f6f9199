/** Finding recordings by what happened in them. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { spellKinds } from "../src/api/recordings";
import { marked, wordsOf } from "../src/rooms/player/events/events";
import { heightOfHits } from "../src/rooms/recordings/Hits";
import { sectionsOf } from "../src/rooms/recordings/rows";
import { renderConsole } from "./render";

// There is no canvas to play on.
vi.mock("@kinescope/player", () => ({}));

const FOUND = { name: "What was found" };

function said(text: string, words: string): string {
  return marked(text, wordsOf(words))
    .map(({ part, found }) => (found ? `[${part}]` : part))
    .join("");
}

describe("what was looked for", () => {
  it("is marked in texts of any script, wherever it stands", () => {
    const cases = [
      ["Invoice 4711", "VOIC", "In[voic]e 4711"],
      ["Invoice 4711", "711 inv", "[Inv]oice 4[711]"],
      ["banana", "ana", "b[anana]"],
      ["電子請求書の", "請求", "電子[請求]書の"],
      ["ＥＸＣＥＬ", "xc", "Ｅ[ＸＣ]ＥＬ"],
      ["😀 done", "😀", "[😀] done"],
      ["<b>x</b>", "<b>", "[<b>]x</b>"],
      ["nothing", "some", "nothing"],
      ["nothing", "", "nothing"],
      ["", "some", ""],
    ];
    for (const [text, words, expected] of cases) {
      expect(said(text as string, words as string)).toBe(expected);
    }
  });

  it("is one list, the newest first", () => {
    expect(sectionsOf({ find: "a" })).toEqual([{ event_text: "a", state: "all", sort: "-start" }]);
    expect(sectionsOf({ kinds: "lock,a%252Cb%252C", sort: "user", state: "live" })).toEqual([
      { event_kinds: "lock,a%252Cb%252C", state: "live", sort: "user" },
    ]);
    expect(spellKinds(["a,b", "50%", "lock"])).toBe("a%2Cb,50%25,lock");
  });

  it("takes so much room", () => {
    const hit = { time_us: 1, kind: "lock", text: "" };
    expect(
      [undefined, { first: [hit], count: 1 }, { first: [hit, hit, hit], count: 9 }].map(heightOfHits),
    ).toEqual([0, 37, 121]);
  });
});

describe("the list", () => {
  it("shows under each recording what was found, and leads to the moment", async () => {
    const { user, router, requests } = renderConsole("/recordings", { as: "viewer", recordings: 12 });
    await screen.findByRole("table", { name: "Recordings" });
    await user.keyboard("e");
    expect(screen.getByRole("textbox", { name: "Search what happened" })).toHaveFocus();
    await user.keyboard("invoice");
    const lists = await screen.findAllByRole("list", FOUND);
    expect(lists.length).toBeGreaterThan(5);
    await waitFor(() => expect(router.state.location.search).toEqual({ find: "invoice" }));
    expect(requests.some((one) => one.includes("event_text=invoice") && one.includes("state=all"))).toBe(
      true,
    );
    const [link] = within(lists[0] as HTMLElement).getAllByRole("link");
    expect(link).toHaveTextContent(/2:10 Message of a program Invoice 4711 was released by ana/);
    expect(within(link as HTMLElement).getByText("Invoice").tagName).toBe("MARK");
    await user.click(link as HTMLElement);
    await waitFor(() => expect(router.state.location.pathname).toMatch(/^\/recordings\/[0-9a-f]{32}$/));
    expect(router.state.location.search).toEqual({ t: "130", panel: "events", find: "invoice" });
  });

  it("takes words with pauses between them, and what was typed while the address learned of some", async () => {
    const { user, router } = renderConsole("/recordings", { as: "viewer", recordings: 12 });
    await screen.findByRole("table", { name: "Recordings" });
    const field = screen.getByRole("textbox", { name: "Search what happened" });
    await user.type(field, "invoice ");
    await waitFor(() => expect(router.state.location.search).toEqual({ find: "invoice" }));
    await user.type(field, "released");
    expect(field).toHaveValue("invoice released");
    await waitFor(() => expect(router.state.location.search).toEqual({ find: "invoice released" }));
    // What the address says of itself is shown.
    await router.navigate({ to: "/recordings", search: { find: "sap" } });
    await waitFor(() => expect(field).toHaveValue("sap"));
  });

  it("finds kinds by the words of the events' list, and says how many more there are", async () => {
    const many = Array.from({ length: 150 }, (_none, at) => ({ time_us: at * 1e6, kind: "lock", text: "" }));
    const { user, router } = renderConsole("/recordings", {
      as: "viewer",
      recordings: 3,
      change: (data) => {
        for (const [at, count] of [5, 100, 0].entries()) {
          const id = data.recordings[at]?.id ?? "";
          data.indexes[id] = { events: many.slice(0, count), events_left_out: 0 };
        }
      },
    });
    await screen.findByRole("table", { name: "Recordings" });
    await user.click(screen.getByRole("button", { name: "Kinds of events: All kinds" }));
    const menu = screen.getByRole("menu", { name: "Kinds of events" });
    expect(within(menu).queryByText("Sealed event")).toBeNull();
    await user.click(within(menu).getByRole("checkbox", { name: "Locked" }));
    const lists = await screen.findAllByRole("list", FOUND);
    expect(lists).toHaveLength(2);
    expect(within(lists[0] as HTMLElement).getByText("and 2 more")).toBeVisible();
    expect(within(lists[1] as HTMLElement).getByText("100 and more in all")).toBeVisible();
    expect(router.state.location.search).toEqual({ kinds: "lock" });
    expect(screen.getByText("2 recordings")).toBeVisible();
  });

  it("is reached by keys: Tab goes from a recording to its hits, arrows to the next recording", async () => {
    const { user, router, site } = renderConsole("/recordings?find=invoice", { as: "viewer", recordings: 3 });
    const lists = await screen.findAllByRole("list", FOUND);
    const [row] = screen.getAllByRole("link", { name: /^Play the recording of/ });
    row?.focus();
    await user.tab();
    expect(within(lists[0] as HTMLElement).getByRole("link")).toHaveFocus();
    await user.keyboard("{ArrowDown}");
    await waitFor(() => expect(screen.getAllByRole("link", { name: /^Play/ })[1]).toHaveFocus());
    await user.tab();
    await user.keyboard("{Enter}");
    const second = [...site.data.recordings].sort((one, other) => other.start_us - one.start_us)[1];
    await waitFor(() => expect(router.state.location.pathname).toBe(`/recordings/${second?.id}`));
    expect(router.state.location.search).toMatchObject({ t: "130", panel: "events" });
  });

  it("says what was not found or not looked for", async () => {
    const { user, router } = renderConsole("/recordings?find=invoice&kinds=custom", {
      as: "viewer",
      recordings: 3,
      change: (data) => {
        data.reach = { has_more: true, since_us: 1_790_000_000_000_000 };
      },
    });
    expect(await screen.findByText(/^More than 3 recordings match/)).toBeVisible();
    expect(screen.getByText(/^So much would have to be looked through .* 2026/)).toBeVisible();
    await user.type(screen.getByRole("textbox", { name: "Search what happened" }), " nowhere");
    expect(await screen.findByText(/Sealed events are never found/)).toBeVisible();
    await user.click(screen.getAllByRole("button", { name: "Clear filters" })[0] as HTMLElement);
    await waitFor(() => expect(router.state.location.search).toEqual({}));
  });
});
