/** Templates of triggers: kept, found, inserted, duplicated, deleted and shared as files. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import {
  fileOf,
  found,
  freeName,
  NO_TEMPLATE_FILTER,
  templatesOf,
} from "../src/rooms/policies/responses/templates/find";
import { renderConsole } from "./render";

const TRIGGER = { description: "Large copies", event: "clipboard", actions: ["lock" as const] };
const TEMPLATE = {
  name: "Copies",
  theme: "Data leaving",
  category: "Clipboard",
  keywords: ["paste"],
  trigger: TRIGGER,
};
const ITEM = { id: "1", built_in: false, author: "ada", revision: 1, template: TEMPLATE };

async function openRule() {
  const rendered = renderConsole("/policies/detection/d1", {
    as: "admin",
    change: ({ detection }) => {
      const rule = {
        name: "Rule 1",
        log: {},
        when: { who: [{ user: "ana" }] },
        respond: { triggers: [TRIGGER] },
      };
      const document = { version: 1, name: "Copies", rules: [rule] } as never;
      detection.policies = [{ id: "d1", revision: 1, changed_by: "ada", document }];
    },
  });
  await rendered.user.click(await screen.findByRole("button", { name: "Change what is done in response" }));
  return rendered;
}

describe("templates of triggers", () => {
  it("are saved from a rule, inserted into it, duplicated and deleted", async () => {
    const { user, site } = await openRule();
    await user.click(await screen.findByRole("button", { name: "Save as template" }));
    let dialog = await screen.findByRole("dialog", { name: "Save this trigger as a template" });
    await user.type(within(dialog).getByLabelText("Theme"), "Data leaving");
    await user.type(within(dialog).getByLabelText("Keywords, with commas"), "paste, copy");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(site.data.templates[0]?.template).toEqual({
      name: "Large copies",
      theme: "Data leaving",
      category: "",
      keywords: ["paste", "copy"],
      trigger: TRIGGER,
    });

    await user.click(screen.getByRole("button", { name: "Insert a template …" }));
    dialog = await screen.findByRole("dialog", { name: "Templates of triggers" });
    const list = within(dialog).getByRole("list", { name: "Templates of triggers" });
    await waitFor(() => expect(within(list).getAllByRole("listitem")).toHaveLength(2));
    await user.type(within(dialog).getByRole("searchbox", { name: "Search templates" }), "PASTE");
    expect(within(list).getAllByRole("listitem")).toHaveLength(1);
    await user.click(within(list).getByRole("button", { name: "Duplicate Large copies" }));
    expect(await within(list).findByRole("listitem", { name: "Copy of Large copies" })).toBeVisible();
    await user.click(within(list).getByRole("button", { name: "Delete Copy of Large copies" }));
    await user.click(await within(list).findByRole("button", { name: "Delete Copy of Large copies" }));
    await waitFor(() => expect(site.data.templates).toHaveLength(1));
    await user.clear(within(dialog).getByRole("searchbox", { name: "Search templates" }));
    expect(within(list).queryByRole("button", { name: "Delete Somebody becomes root" })).toBeNull();
    await user.click(within(list).getByRole("button", { name: "Insert Somebody becomes root" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const inserted = screen.getByRole("group", { name: "Trigger 2" });
    expect(inserted).toHaveTextContent("When a program starts and the program matches the expression");
    expect(inserted).toHaveTextContent("This never happens");
  });

  it("come from files, and what is no such file is said", async () => {
    const { user, site } = await openRule();
    await user.click(await screen.findByRole("button", { name: "Insert a template …" }));
    const dialog = await screen.findByRole("dialog", { name: "Templates of triggers" });
    const input = within(dialog).getByLabelText("File with templates");
    await user.upload(input, new File(["{}"], "x.json", { type: "application/json" }));
    expect(await within(dialog).findByText("This is no file of templates.")).toBeVisible();
    await user.upload(input, new File([fileOf([TEMPLATE])], "x.json", { type: "application/json" }));
    expect(await within(dialog).findByText("1 template was imported.")).toBeVisible();
    expect(site.data.templates[0]?.template).toEqual(TEMPLATE);
    // One that is refused keeps no other from being kept.
    const others = ["First", "Last"].map((name) => ({ ...TEMPLATE, name }));
    const [first, last] = others as [typeof TEMPLATE, typeof TEMPLATE];
    const file = fileOf([first, TEMPLATE, last]);
    await user.upload(input, new File([file], "x.json", { type: "application/json" }));
    expect(await within(dialog).findByText("2 templates were imported.")).toBeVisible();
    const refused = within(dialog).getByText("1 template was refused:", { exact: false });
    expect(refused).toBeVisible();
    expect(within(dialog).getByText(/There is a template “Copies” already/)).toHaveTextContent(/^Copies: /);
    expect(site.data.templates.map(({ template }) => template.name)).toEqual(["Copies", "First", "Last"]);
  });

  it("are found by keyword, theme, category and author", () => {
    const find = (part: object) => found([ITEM], { ...NO_TEMPLATE_FILTER, ...part }, "built in").length;
    expect([find({ text: "paste clip" }), find({ text: "ADA" }), find({ text: "nobody" })]).toEqual([
      1, 1, 0,
    ]);
    expect([find({ theme: "Data leaving" }), find({ theme: "Data" })]).toEqual([1, 0]);
    expect([find({ category: "Clipboard" }), find({ author: "bob" })]).toEqual([1, 0]);
    expect(templatesOf(fileOf([TEMPLATE]))).toEqual([TEMPLATE]);
    expect([templatesOf("x"), templatesOf('{"version":2,"templates":[1]}'), templatesOf("null")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(freeName("Copy of A", ["copy of a"])).toBe("Copy of A 2");
    expect(freeName("x".repeat(70), [])).toHaveLength(64);
  });
});
