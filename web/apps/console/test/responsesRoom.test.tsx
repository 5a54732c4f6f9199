/** The room of responses: listed, counted by day, filtered, opened and exported. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { csvOf } from "../src/rooms/responses/csv";
import { findHeading, renderConsole } from "./render";

const ITEM = {
  recording: "7".repeat(32),
  time_us: 83_200_000,
  at_us: 1_790_000_000_000_000,
  user: "ana",
  machine: "fin-03",
  action: "lock" as const,
  outcome: "done" as const,
  trigger: "Payroll was opened",
  of: "topmost-window",
  detail: "SAP: Payroll",
  rule: "Finance",
  policy: "Evenings",
  text: "“Payroll was opened”: the session was locked",
};

describe("the room of responses", () => {
  it("lists, filters and leads to the moment", async () => {
    const { user, router, requests } = renderConsole("/responses", { as: "admin" });
    await findHeading("Responses");
    const table = await screen.findByRole("table", { name: "Responses" });
    expect(within(table).getAllByRole("row")).toHaveLength(51);
    const [first] = within(table).getAllByRole("link", { name: /^Open the recording of/ });
    expect(first?.getAttribute("href")).toMatch(
      /^\/recordings\/0193.*\?t=[\d.]+&panel=events&kinds=response$/,
    );
    expect(within(table).getAllByText("SAP: Payroll November")[0]).toBeVisible();
    expect(within(table).getAllByText("Finance")[0]).toBeVisible();
    expect(within(table).getAllByText(/^Window on top/)[0]).toBeVisible();
    const days = within(screen.getByRole("list", { name: /^Responses by day/ })).getAllByRole("button");
    expect(days).toHaveLength(30);
    expect(days.at(-1)?.getAttribute("aria-label")).toMatch(/ × /);

    await user.selectOptions(screen.getByRole("combobox", { name: "Outcome" }), "Not done");
    await waitFor(() => expect(within(table).getAllByRole("row").length).toBeLessThan(10));
    expect(within(table).getAllByText(/the session was not locked: no locker is installed/)[0]).toBeVisible();
    expect(router.state.location.search).toEqual({ outcome: "refused" });
    expect(requests.at(-1)).toContain("outcome=refused");

    await user.type(screen.getByRole("textbox", { name: "Search responses" }), "nobody");
    expect(await screen.findByText("No response matches")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Clear filters" }));
    expect((await screen.findAllByRole("row")).length).toBe(51);
  });

  it("lists one day alone", async () => {
    const { user, router } = renderConsole("/responses?days=7", { as: "viewer" });
    const days = within(await screen.findByRole("list", { name: /^Responses by day/ })).getAllByRole(
      "button",
    );
    await user.click(days.at(-2) as HTMLElement);
    expect(await screen.findByRole("heading", { level: 2, name: /^Responses of/ })).toBeVisible();
    await waitFor(() => expect(screen.getAllByRole("row").length).toBeLessThan(6));
    expect(router.state.location.search).toHaveProperty("day");
  });

  it("says where it is chosen what is done, to those who may choose", async () => {
    const none = { change: (data: { responses: unknown[] }) => void data.responses.splice(0) };
    renderConsole("/responses", { as: "admin", ...none });
    expect(await screen.findByText("Nothing was done in this time")).toBeVisible();
    expect(screen.getByRole("link", { name: /^Choose what is done/ })).toHaveAttribute(
      "href",
      "/policies/detection",
    );
  });

  it("is exported with words that no spreadsheet takes for a formula", () => {
    const csv = csvOf(
      [{ ...ITEM, user: "=cmd()", rule: "-Finance", trigger: 'say "it", now' }],
      "https://k.example",
    );
    expect(csv.split("\r\n")).toEqual([
      "time,user,machine,description,action,outcome,text,trigger_type,event_detail,rule,policy,recording,seconds,link",
      `2026-09-21T14:13:20.000Z,'=cmd(),fin-03,"say ""it"", now",lock,done,“Payroll was opened”: the session was locked,topmost-window,SAP: Payroll,'-Finance,Evenings,${ITEM.recording},83.2,https://k.example/recordings/${ITEM.recording}?t=83.2`,
      "",
    ]);
  });
});
