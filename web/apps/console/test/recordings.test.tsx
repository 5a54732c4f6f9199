/** The list of recordings: order, filters in the address, pages on demand, keys, empty lists. */
import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { laterPages, placeOf, sectionsOf } from "../src/rooms/recordings/rows";
import { findHeading, renderConsole } from "./render";

/** The rows that are in the page, once there are some. */
async function bodyRows(): Promise<HTMLElement[]> {
  const table = await screen.findByRole("table", { name: "Recordings" });
  return waitFor(() => {
    const rows = within(table).getAllByRole("row").slice(1);
    expect(rows).not.toEqual([]);
    return rows;
  });
}

describe("sections", () => {
  it("are live and finished without a chosen order, one list with it", () => {
    expect(sectionsOf({}).map(({ state, sort }) => [state, sort])).toEqual([
      ["live", "-start"],
      ["finished", "-start"],
    ]);
    expect(sectionsOf({ sort: "user" })).toEqual([{ state: "all", sort: "user" }]);
    expect(sectionsOf({ state: "live" })).toEqual([{ state: "live", sort: "-start" }]);
  });

  it("reach to the end of the last day", () => {
    const [filter] = sectionsOf({ state: "live", from: "2026-11-20", to: "2026-11-20" });
    expect((filter?.to ?? 0) - (filter?.from ?? 0)).toBe(86_400_000_000);
  });

  it("ignore what is no day", () => {
    expect(sectionsOf({ state: "live", from: "soon" })).toEqual([{ state: "live", sort: "-start" }]);
  });

  it("know the place of each row", () => {
    expect([0, 2, 3, 7, 8].map((index) => placeOf(index, [3, 5]))).toEqual([
      { section: 0, row: 0 },
      { section: 0, row: 2 },
      { section: 1, row: 0 },
      { section: 1, row: 4 },
      undefined,
    ]);
  });

  it("ask only for pages that can be seen", () => {
    expect(laterPages([3, 1_000_000], 0, 40)).toEqual([]);
    expect(laterPages([3, 1_000_000], 500_190, 500_215)).toEqual([
      { section: 1, page: 5001 },
      { section: 1, page: 5002 },
    ]);
  });
});

describe("the list", () => {
  it("shows live ones first, with a word", async () => {
    renderConsole("/recordings", { as: "viewer" });
    const rows = await bodyRows();
    expect(rows.slice(0, 3).map((row) => within(row).getAllByRole("cell")[0]?.textContent)).toEqual([
      "Live",
      "Live",
      "Silent",
    ]);
    expect(screen.getByText("240 recordings, 3 going on")).toBeVisible();
  });

  it("marks recordings without a picture, and shows them alone", async () => {
    const { user, router, requests } = renderConsole("/recordings", { as: "viewer" });
    await bodyRows();
    await user.click(screen.getByRole("button", { name: "Events only" }));
    await waitFor(async () => expect(await bodyRows()).toHaveLength(1));
    const [row] = await bodyRows();
    expect(within(row as HTMLElement).getByText("Events only")).toBeVisible();
    expect(router.state.location.search).toEqual({ kind: "events" });
    expect(requests.some((request) => request.includes("events_only=true"))).toBe(true);
  });

  it("puts what is searched for into the address and asks the server once", async () => {
    const { user, router, requests } = renderConsole("/recordings", { as: "viewer" });
    await bodyRows();
    await user.type(screen.getByRole("textbox", { name: "Search recordings" }), "fin-03");
    await waitFor(() => expect(router.state.location.searchStr).toBe("?text=fin-03"));
    await waitFor(async () => {
      for (const row of await bodyRows()) {
        expect(row).toHaveTextContent("fin-03");
      }
    });
    expect(requests.filter((one) => one.includes("text=") && !one.includes("text=fin-03"))).toEqual([]);
  });

  it("reads everything from the address", async () => {
    const { requests } = renderConsole("/recordings?state=finished&sort=-size&text=7&from=2020-01-01", {
      as: "viewer",
    });
    await bodyRows();
    expect(screen.getByRole("textbox", { name: "Search recordings" })).toHaveValue("7");
    expect(screen.getByRole("button", { name: "Finished" })).toHaveAttribute("aria-pressed", "true");
    expect(screen.getByLabelText("From")).toHaveValue("2020-01-01");
    expect(screen.getByRole("columnheader", { name: "Size" })).toHaveAttribute("aria-sort", "descending");
    expect(requests.some((one) => one.includes("sort=-size") && one.includes("state=finished"))).toBe(true);
  });

  it("sorts by a column and back", async () => {
    const { user, router } = renderConsole("/recordings", { as: "viewer" });
    await bodyRows();
    await user.click(screen.getByRole("button", { name: "User" }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ sort: "user" }));
    await user.click(screen.getByRole("button", { name: "User" }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ sort: "-user" }));
  });

  it("goes from row to row by keys and plays with enter", async () => {
    const { user, router, site } = renderConsole("/recordings", { as: "viewer" });
    const [first] = await bodyRows();
    within(first as HTMLElement)
      .getByRole("link")
      .focus();
    await user.keyboard("{ArrowDown}{ArrowDown}{ArrowUp}");
    const second = (await bodyRows())[1] as HTMLElement;
    await waitFor(() => expect(within(second).getByRole("link")).toHaveFocus());
    await user.keyboard("{Enter}");
    await waitFor(() =>
      expect(router.state.location.pathname).toBe(`/recordings/${site.data.recordings[1]?.id}`),
    );
  });

  it("shows what has changed by itself", async () => {
    const { site, queryClient } = renderConsole("/recordings", { as: "viewer", recordings: 3 });
    await bodyRows();
    Object.assign(site.data.recordings[0] ?? {}, { size_bytes: 987_654_321 });
    await act(() => queryClient.invalidateQueries({ queryKey: ["recordings"] }));
    expect(await screen.findByText("988 MB")).toBeVisible();
  });

  it("says what failed, and tries again", async () => {
    const { site, user } = renderConsole("/recordings", { as: "viewer" });
    const handle = site.handle.bind(site);
    site.handle = async (request) =>
      request.url.includes("/recordings")
        ? Response.json({ code: "internal", message: "x", help: "y" }, { status: 500 })
        : handle(request);
    expect(await screen.findByText(/Listing the recordings did not work/)).toBeVisible();
    site.handle = handle;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect((await bodyRows()).length).toBeGreaterThan(3);
  });
});

describe("an empty list", () => {
  it("leads an administrator to the policy that records nothing", async () => {
    renderConsole("/recordings", {
      as: "admin",
      recordings: 0,
      change: (data) => Object.assign(data, { policy: "do-not-record" }),
    });
    expect(await screen.findByText(/The active policy is “Do not record”/)).toBeVisible();
    expect(screen.getByRole("link", { name: /Choose what to record/ })).toHaveAttribute("href", "/policies");
  });

  it("asks a player, who may not read policies, to ask", async () => {
    const { requests } = renderConsole("/recordings", { as: "viewer", recordings: 0 });
    expect(await screen.findByText(/decided by the policy/)).toBeVisible();
    expect(requests.some((one) => one.includes("/policy"))).toBe(false);
  });

  it("says that everything is recorded, where it is", async () => {
    renderConsole("/recordings", { as: "admin", recordings: 0 });
    await screen.findByText("Nothing has been recorded yet");
    expect(screen.getByText(/“Record everything, without notice”/)).toBeVisible();
  });

  it("blames the filters, and clears them", async () => {
    const { user, router } = renderConsole("/recordings?text=nobody-has-this-name", { as: "viewer" });
    await screen.findByText("No recording matches");
    await user.click(screen.getAllByRole("button", { name: "Clear filters" })[0] as HTMLElement);
    await bodyRows();
    expect(router.state.location.searchStr).toBe("");
  });
});

it("a recording that does not exist is explained", async () => {
  renderConsole("/recordings/ffffffffffffffffffffffffffffffff", { as: "viewer" });
  await findHeading("There is no such recording");
  expect(screen.getByText(/ffffffff/)).toBeVisible();
});
