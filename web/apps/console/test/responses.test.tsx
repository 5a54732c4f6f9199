/** What is done in response to events: written as sentences, warned about and refused at its place. */
import { readFileSync } from "node:fs";
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import en from "../src/locales/en.json";
import { given, notLogged, refusalOf, testOf, withEvent } from "../src/rooms/policies/responses/draft";
import { findHeading, renderConsole } from "./render";

const RULE = { name: "Rule 1", log: { clipboard: true }, when: { who: [{ user: "ana" }] } };

function withPolicy(rule: object) {
  return {
    as: "admin",
    change: ({
      detection,
    }: Parameters<NonNullable<Parameters<typeof renderConsole>[1]>["change"] & object>[0]) => {
      const document = { version: 1, name: "Copies", rules: [rule] } as never;
      detection.policies = [{ id: "d1", revision: 1, changed_by: "ada", document }];
    },
  };
}

describe("responses of a detection policy", () => {
  it("are written, refused at their trigger, corrected and kept", async () => {
    const { user, site } = renderConsole("/policies/detection/d1", withPolicy(RULE));
    await findHeading("Copies");
    const rule = screen.getByRole("region", { name: "Rule Rule 1" });
    await user.click(within(rule).getByRole("button", { name: "respond to events …" }));
    await waitFor(() =>
      expect(within(rule).getByLabelText("Write a mail when a session starts")).toHaveFocus(),
    );
    await user.click(await within(rule).findByRole("button", { name: "Add a trigger" }));
    const trigger = within(rule).getByRole("group", { name: "Trigger 1" });
    // It begins with what the rule logs.
    expect(trigger).toHaveTextContent("When something is copied, then …");
    expect(trigger).not.toHaveTextContent("This never happens");
    await user.type(within(trigger).getByLabelText(/^What it is for/), "Copies");
    await user.selectOptions(within(trigger).getByLabelText("When this happens"), "Window on top");
    expect(trigger).toHaveTextContent("This never happens: the rule does not log “Topmost windows”.");
    await user.click(within(trigger).getByRole("button", { name: "and …" }));
    await user.selectOptions(within(trigger).getByLabelText("What condition 1 is about"), "title");
    await user.type(within(trigger).getByLabelText("Value of condition 1"), "Payroll");
    expect(trigger).toHaveTextContent("When a window comes on top and the title includes “Payroll”, then …");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await within(trigger).findByText("it has no actions, or one of them twice.")).toBeVisible();

    await user.click(within(trigger).getByRole("button", { name: "Log it" }));
    expect(trigger).not.toHaveTextContent("This never happens");
    await user.click(within(trigger).getByLabelText("lock the session"));
    expect(within(rule).queryByLabelText(/^Screen from before/)).toBeNull();
    await user.click(within(trigger).getByLabelText("record the screen"));
    await user.type(within(rule).getByLabelText("Screen from before the event, in seconds"), "30");
    const pause = within(rule).getByLabelText("Notice to the user, in seconds");
    await user.clear(pause);
    await user.type(pause, "15");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(site.data.detection.policies[0]?.revision).toBe(2));
    expect(site.data.detection.policies[0]?.document.rules).toEqual([
      {
        ...RULE,
        log: { clipboard: true, topmost_window: true },
        respond: {
          notice_seconds: 15,
          before_seconds: 30,
          triggers: [
            {
              description: "Copies",
              event: "topmost-window",
              conditions: [{ field: "title", test: { includes: "Payroll" } }],
              actions: ["record-screen", "lock"],
            },
          ],
        },
      },
    ]);
  });

  it("are written by keyboard alone: what is added has the focus, and what is left has it", async () => {
    const { user } = renderConsole("/policies/detection/d1", withPolicy(RULE));
    await findHeading("Copies");
    const rule = screen.getByRole("region", { name: "Rule Rule 1" });
    await user.click(within(rule).getByRole("button", { name: "respond to events …" }));
    await user.click(await within(rule).findByRole("button", { name: "Add a trigger" }));
    const trigger = (number: number) => within(rule).getByRole("group", { name: `Trigger ${number}` });
    expect(within(trigger(1)).getByLabelText(/^What it is for/)).toHaveFocus();
    await user.keyboard("Copies");
    await user.click(within(trigger(1)).getByRole("button", { name: "and …" }));
    expect(within(trigger(1)).getByLabelText("What condition 1 is about")).toHaveFocus();
    await user.click(within(trigger(1)).getByRole("button", { name: /^Remove: / }));
    expect(within(trigger(1)).getByRole("button", { name: "and …" })).toHaveFocus();
    await user.click(within(trigger(1)).getByRole("button", { name: "Duplicate" }));
    expect(within(trigger(2)).getByLabelText(/^What it is for/)).toHaveFocus();
    await user.click(within(trigger(2)).getByRole("button", { name: "Remove trigger 2" }));
    expect(within(rule).getByRole("button", { name: "Add a trigger" })).toHaveFocus();
  });

  it("lead to what is logged where a list says it", async () => {
    const { user } = renderConsole("/policies/detection/d1", withPolicy(RULE));
    await findHeading("Copies");
    const rule = screen.getByRole("region", { name: "Rule Rule 1" });
    const respond = () => within(rule).getByRole("button", { name: /what is done in response|respond to/ });
    await user.click(respond());
    await user.click(await within(rule).findByRole("button", { name: "Add a trigger" }));
    const trigger = within(rule).getByRole("group", { name: "Trigger 1" });
    // Ends of programs are logged only of programs that are.
    for (const event of ["Program ended", "Program started"]) {
      await user.selectOptions(
        within(await within(rule).findByRole("group", { name: "Trigger 1" })).getByLabelText(
          "When this happens",
        ),
        event,
      );
      await user.click(within(rule).getByRole("button", { name: "Choose what is logged" }));
      expect(trigger).not.toBeInTheDocument();
      expect(within(rule).getByLabelText("Starts of programs")).toHaveFocus();
      await user.click(respond());
    }
  });

  it("read as sentences for those who may not change them", async () => {
    const triggers = [
      {
        description: "Large copies",
        event: "clipboard",
        conditions: [
          { field: "type", test: { is: "file" } },
          { field: "bytes", test: { between: [10, 20] } },
        ],
        actions: ["mail", "record-screen"],
      },
    ];
    const respond = { mail_to: ["it@example.org"], triggers, before_seconds: 30, after_minutes: 5 };
    renderConsole("/policies/detection/d1", { ...withPolicy({ ...RULE, respond }), as: "reader" });
    await findHeading("Copies");
    const list = screen.getByRole("list", { name: "What is done in response" });
    expect(
      within(list)
        .getAllByRole("listitem")
        .map((item) => item.textContent),
    ).toEqual([
      "When something is copied, the kind of thing is a file, and the size in bytes is between 10 and 20, then write a mail and record the screen. Large copies",
      "Mail goes to it@example.org.",
      "The screen is recorded until 5 minutes after the last such event.",
      "It is recorded with 30 seconds from before the event, which are in memory alone until then.",
    ]);
  });

  it("leave out what stands there anyway, and keep conditions that make sense of another event", () => {
    const nothing = { pause_seconds: 0, before_seconds: null, after_minutes: null, triggers: [] };
    expect(given(nothing)).toEqual({});
    const dimension = { field: "title", values: "text" as const, words: [] };
    const other = { name: "popup", dimensions: [dimension], triggers: true };
    const conditions = [
      { field: "title", test: { includes: "a" } },
      { field: "program", test: { equals: "b" } },
    ];
    const trigger = { description: "x", event: "topmost-window", conditions, actions: [] };
    expect(withEvent(trigger, other).conditions).toEqual([conditions[0]]);
    expect(testOf("matches", dimension, { includes: "a" })).toEqual({ matches: "a" });
    const kinds = { items: [{ ...other, logged_by: "popups" }], actions: [], bounds: {} as never };
    expect(notLogged({ ...trigger, event: "popup" }, {}, kinds)).toBe("popups");
    expect(notLogged({ ...trigger, event: "popup" }, { popups: true }, kinds)).toBeUndefined();
  });

  it("are refused in words that name the place", () => {
    expect(refusalOf("Rule “R”: trigger “Pay: roll”: a text to look for has 1 byte.")).toEqual({
      rule: "R",
      trigger: "Pay: roll",
      what: "a text to look for has 1 byte.",
    });
    expect(refusalOf("Rule 2 “R”, respond, pause_seconds: invalid value.")).toEqual({
      rule: "R",
      trigger: undefined,
      what: "invalid value.",
    });
    expect(refusalOf("Rule 1 “R”, when: a rule needs at least one criterion.")).toEqual({
      rule: "R",
      trigger: undefined,
      what: "a rule needs at least one criterion.",
    });
    expect(refusalOf("Somebody was faster.")).toBeUndefined();
  });

  it("have words for every kind, field and action of the server", () => {
    const source = readFileSync("../../../crates/events/src/kind.rs", "utf8");
    const fields = [...source.matchAll(/(?:text|number|choice)\("([a-z_]+)"/g)].map(([, field]) => field);
    expect(fields.length).toBeGreaterThan(20);
    const ofResponses = ["action", "outcome", "trigger", "rule", "policy"];
    const missing = fields.filter(
      (field) => field && !ofResponses.includes(field) && !(field in en.respond.field),
    );
    expect(missing).toEqual([]);
  });
});
