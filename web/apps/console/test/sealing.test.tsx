/** How recordings are sealed: said in plain words, and not changed without knowing what it means. */
import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderConsole } from "./render";

const KEY = `kinescope-key-${"0a".repeat(36)}`;

describe("sealing", () => {
  it("is sent once somebody has understood what losing the keys means", async () => {
    const { user, site, requests } = renderConsole("/policies", { as: "admin" });
    expect(await screen.findByText(/New recordings stand open/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Change" }));
    const dialog = await screen.findByRole("dialog", { name: "Seal new recordings" });
    expect(within(dialog).getByText("Without a recipient new recordings are not sealed.")).toBeVisible();
    await user.type(within(dialog).getByLabelText("Name of recipient 1"), "Alice");
    await user.type(within(dialog).getByLabelText("Public key of recipient 1"), KEY);
    expect(within(dialog).getByText("Whoever loses all keys loses the recordings")).toBeVisible();
    const seal = within(dialog).getByRole("button", { name: "Seal new recordings" });
    expect(seal).toBeDisabled();
    await user.click(within(dialog).getByLabelText(/At least one of these people/));
    await user.click(within(dialog).getByLabelText("events"));
    await user.click(seal);
    expect(await screen.findByText("Sessions that start from now on are recorded like this.")).toBeVisible();
    expect(site.data.sealing).toEqual({
      classes: ["picture", "text", "thumbnails"],
      recipients: [{ name: "Alice", public_key: KEY }],
    });
    expect(requests.filter((request) => request.startsWith("PUT"))).toEqual(["PUT /api/v1/sealing"]);
    expect(screen.getByText(/cannot read them/)).toBeVisible();
    expect(screen.getByText("Alice")).toBeVisible();
  });

  it("ends when the last recipient is removed", async () => {
    const { user, site } = renderConsole("/policies", { as: "admin" });
    site.data.sealing = { classes: ["picture"], recipients: [{ name: "Alice", public_key: KEY }] };
    await user.click(await screen.findByRole("button", { name: "Change" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Remove Alice" }));
    await user.click(within(dialog).getByRole("button", { name: "Leave new recordings open" }));
    expect(await screen.findByText(/New recordings stand open/)).toBeVisible();
    expect(site.data.sealing).toEqual({ classes: [], recipients: [] });
  });

  it("keeps the keyboard's place when recipients come and go", async () => {
    const { user } = renderConsole("/policies", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Change" }));
    const dialog = await screen.findByRole("dialog");
    const add = within(dialog).getByRole("button", { name: "Add a recipient" });
    await user.click(add);
    expect(within(dialog).getByLabelText("Name of recipient 2")).toHaveFocus();
    await user.click(within(dialog).getByRole("button", { name: "Remove 1" }));
    expect(add).toHaveFocus();
  });

  it("can be read, not changed, by a policy reader", async () => {
    renderConsole("/policies", { as: "reader" });
    expect(await screen.findByText(/New recordings stand open/)).toBeVisible();
    expect(screen.queryByRole("button", { name: "Change" })).toBeNull();
  });
});
