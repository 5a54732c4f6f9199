/** How many sessions were recorded that should have been, which were not, and what activating a policy would change. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Counts } from "../src/api/success";
import { daysOf, formatRate, rateOf } from "../src/rooms/success/rate";
import { renderConsole } from "./render";

const NONE: Counts = {
  recorded: 0,
  interrupted: 0,
  failed: 0,
  missing: 0,
  beginning: 0,
  declined: 0,
  switched_off: 0,
  undecided: 0,
  not_wanted: 0,
};

describe("the rate", () => {
  it("counts those that were to be recorded and are settled", () => {
    expect(rateOf({ ...NONE, recorded: 6, interrupted: 1, failed: 2, missing: 1, declined: 9 })).toBe(0.7);
    expect(rateOf({ ...NONE, declined: 3, not_wanted: 5, beginning: 1 })).toBeUndefined();
  });

  it("never says all or none while that is not so", () => {
    expect([1, 0.99999, 0.5, 0.00001, 0].map((rate) => formatRate(rate, "en"))).toEqual([
      "100%",
      "99.9%",
      "50%",
      "0.1%",
      "0%",
    ]);
  });

  it("has every day of the period, in the viewer's zone", () => {
    const hour = 3_600_000_000;
    const days = daysOf([{ day_us: 23 * hour, sessions: { ...NONE, recorded: 1 } }], 0, 50 * hour, 60);
    expect(days.map(({ start, counts }) => [start / hour, counts?.recorded])).toEqual([
      [-1, undefined],
      [23, 1],
      [47, undefined],
    ]);
  });
});

describe("success rate", () => {
  it("shows the rate, the sessions that failed with the reason, and leads to the machine", async () => {
    renderConsole("/success", { as: "admin" });
    expect(
      await screen.findByRole("heading", { level: 2, name: /% recorded: \d+ of \d+ sessions/ }),
    ).toBeVisible();
    const table = await screen.findByRole("table", { name: "Sessions and what became of them" });
    const [failed] = within(table).getAllByText("its recorder ended: exit code 7");
    const row = failed?.closest("tr") as HTMLElement;
    expect(within(row).getByText("Not recorded")).toBeVisible();
    expect(within(row).getByRole("link", { name: /fin|lab|kiosk/ })).toHaveAttribute("href", "/machines#m1");
    expect(within(table).queryByText("its user did not agree")).toBeNull();
  });

  it("lists the sessions of one day, and those who declined, and says so in the address", async () => {
    const { user, router } = renderConsole("/success", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Declined" }));
    expect(await screen.findByText("its user did not agree")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "All that were wanted or not decided" }));
    const chart = screen.getByRole("list", { name: /Sessions by day/ });
    const day = within(chart).getAllByRole("button").at(-2) as HTMLElement;
    await user.click(day);
    await waitFor(() => expect(day).toHaveAttribute("aria-pressed", "true"));
    expect(await screen.findByRole("heading", { name: /^Sessions of / })).toBeVisible();
    await waitFor(() => expect(screen.getAllByRole("row").length).toBeLessThanOrEqual(8));
    expect(router.state.location.search).toMatchObject({ list: "all", day: expect.anything() });
  });

  it("is open to those who read logs, without links to rooms that are not theirs", async () => {
    renderConsole("/success", {
      as: "reader",
      change: (data) => {
        for (const person of data.people.filter(({ name }) => name === "reader")) {
          person.roles = ["logging-reader"];
        }
      },
    });
    const table = await screen.findByRole("table", { name: "Sessions and what became of them" });
    expect(within(table).queryByRole("link")).toBeNull();
  });
});

describe("activating a policy", () => {
  it("says before what would change, and why on request", async () => {
    const { user } = renderConsole("/policies", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Make active: Do not record" }));
    const dialog = await screen.findByRole("dialog");
    const table = await within(dialog).findByRole("table", { name: "What would change" });
    const row = within(table).getByRole("row", { name: /^Screen, with notice/ });
    expect(
      within(row)
        .getAllByRole("cell")
        .map((cell) => cell.textContent),
    ).toEqual(["0", "0", "0", "37"]);
    await user.click(
      within(dialog).getByRole("button", { name: "37 sessions: Not recorded → Screen, with notice" }),
    );
    expect(within(dialog).getByText(/rule “Finance” of policy “Finance desks” holds/)).toBeVisible();
  });
});
