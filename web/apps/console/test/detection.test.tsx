/** Detection policies: written as sentences, tried, activated and left again. */
import { readFileSync } from "node:fs";
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { FIELDS, logWords, withValue } from "../src/rooms/policies/logging/fields";
import { findHeading, renderConsole } from "./render";

describe("detection policies", () => {
  it("are none until one is written, tried and made active", async () => {
    const { user, site, requests } = renderConsole("/policies", { as: "admin" });
    await user.click(await screen.findByRole("link", { name: "Detection policies" }));
    await findHeading("Detection policies");
    const row = (await screen.findByRole("link", { name: "Each machine’s own settings" })).closest("tr");
    expect(within(row as HTMLElement).getByText("Active")).toBeVisible();
    expect(within(row as HTMLElement).queryByRole("button", { name: /^Copy/ })).toBeNull();
    expect(screen.queryByText("Sealed recordings")).toBeNull();

    await user.click(screen.getByRole("link", { name: "New policy" }));
    await findHeading("New policy");
    await user.type(screen.getByLabelText(/^Name/), "Titles");
    await user.click(screen.getByRole("button", { name: "Add a rule" }));
    await user.type(screen.getByLabelText("Users"), "ana");
    const rule = screen.getByRole("region", { name: "Rule Rule 1" });
    expect(rule).toHaveTextContent("Rule 1: log nothing when the user is ana");
    await user.click(within(rule).getByRole("button", { name: "log nothing" }));
    const titles = within(rule).getByLabelText("Topmost windows");
    expect(titles).toHaveFocus();
    await user.click(titles);
    expect(rule).toHaveTextContent("Rule 1: log the topmost window when the user is ana");
    // What stands under a choice is there while that is made.
    expect(within(rule).queryByLabelText("Idle after, in seconds")).toBeNull();
    await user.click(within(rule).getByLabelText("Idle times"));
    const seconds = within(rule).getByLabelText("Idle after, in seconds");
    await user.clear(seconds);
    await user.type(seconds, "300");
    await user.click(within(rule).getByLabelText("Copies to the clipboard"));
    await user.click(within(rule).getByLabelText("Copied text, too"));
    expect(rule).toHaveTextContent(
      "log the topmost window, idle times after 300 seconds, and copies to the clipboard with their text when",
    );
    await user.click(within(rule).getByLabelText("Copies to the clipboard"));
    expect(within(rule).queryByLabelText("Copied text, too")).toBeNull();
    await user.type(screen.getByLabelText("User"), "ana");
    await user.click(screen.getByRole("button", { name: "Ask" }));
    expect(
      await screen.findByText("It would log the topmost window and idle times after 300 seconds"),
    ).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Save" }));
    await findHeading("Titles");
    expect(site.data.detection.policies[0]?.document.rules).toEqual([
      {
        name: "Rule 1",
        log: { topmost_window: true, idle: true, idle_after_seconds: 300 },
        when: { who: [{ user: "ana" }] },
      },
    ]);
    expect(site.data.policies).toHaveLength(1);

    await user.click(screen.getAllByRole("link", { name: "Detection policies" })[0] as HTMLElement);
    await user.click(await screen.findByRole("button", { name: "Make active: Titles" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("at once for sessions that run, too");
    await user.click(within(dialog).getByRole("button", { name: "Make active" }));
    expect(await screen.findByText("“Titles” is active now.")).toBeVisible();
    expect(site.data.detection.policy).toBe(`${"0".repeat(31)}1`);
    expect(requests.filter((request) => request.includes("forecast"))).toEqual([]);
  });

  it("keep new rules behind older ones", async () => {
    const log = { topmost_window: true };
    const older = { name: "Older", log, when: { tags: ["vpn"] } };
    const { user, site } = renderConsole("/policies/detection/d1", {
      as: "admin",
      change: ({ detection }) => {
        const document = { version: 1, name: "Titles", rules: [older] };
        detection.policies = [{ id: "d1", revision: 3, changed_by: "ada", document }];
      },
    });
    await user.click(await screen.findByRole("button", { name: "Add a rule" }));
    await user.type(screen.getByLabelText("Users"), "ana");
    await user.click(screen.getByRole("button", { name: "Older" }));
    await user.type(screen.getByLabelText("Name of the rule"), " still");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(site.data.detection.policies[0]?.revision).toBe(4));
    const names = site.data.detection.policies[0]?.document.rules.map(({ name }) => name);
    expect(names).toEqual(["Older still", "Rule 2"]);
  });

  it("have an entry for everything that documents can say, in words", () => {
    const described = JSON.parse(readFileSync("../../../crates/api/openapi.json", "utf8"));
    const fields = Object.keys(described.components.schemas.Logging.properties);
    expect(FIELDS.map(({ field }) => field as string).sort()).toEqual(fields.sort());
    const words = (key: string) => key;
    for (const field of FIELDS.filter((one) => !one.under)) {
      const value = field.as === "list" ? ["firefox"] : true;
      const log = withValue({}, field, value);
      expect(log).toEqual({ [field.field]: value });
      expect(logWords(log, words as never, "en")).toBe("logging.log");
      expect(withValue(log, field, field.as === "list" ? [] : false)).toEqual({});
    }
  });
});
