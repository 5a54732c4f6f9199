/** Every room by axe's rules. Contrast needs real colours and is checked in a browser. */
import { screen } from "@testing-library/react";
import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { renderConsole } from "./render";

async function violations(): Promise<string[]> {
  const { violations: found } = await axe.run(document.body, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules: { "color-contrast": { enabled: false } },
  });
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

describe("no rule is broken", () => {
  it.each([
    ["/login", undefined, "Log in to Kinescope"],
    ["/recordings", "admin", "Recordings"],
    ["/recordings?text=nobody-has-this-name", "admin", "Recordings"],
    ["/policies", "admin", "Policies"],
    ["/policies/detection", "admin", "Detection policies"],
    ["/policies/detection/log-nothing", "reader", "Log nothing"],
    ["/policies/notices", "admin", "Notice to users"],
    ["/policies/notices?language=ar", "reader", "Notice to users"],
    ["/machines", "admin", "Machines"],
    ["/sessions", "admin", "Sessions"],
    ["/audit", "admin", "Audit"],
    ["/audit?log=administration", "admin", "Audit"],
    ["/success?list=all", "admin", "Success rate"],
    ["/responses", "admin", "Responses"],
    ["/people", "admin", "People"],
    ["/settings", "admin", "Settings"],
    ["/", "new", "You are logged in, and have no role yet"],
    ["/people", "viewer", "People is not open to you"],
  ])("at %s as %s", async (address, as, heading) => {
    const { queryClient } = renderConsole(address, { ...(as && { as }), recordings: 12 });
    await screen.findByRole("heading", { level: 1, name: heading });
    await expect.poll(() => queryClient.isFetching()).toBe(0);
    expect(await violations()).toEqual([]);
  });

  it.each([
    ["/people", "Add a person"],
    ["/machines", "Add a machine"],
    ["/policies", "Change"],
    ["/recordings", "Keyboard keys"],
  ])("in the dialog at %s", async (address, button) => {
    const { user } = renderConsole(address, { as: "admin", recordings: 12 });
    await user.click(await screen.findByRole("button", { name: button }));
    await screen.findByRole("dialog");
    expect(await violations()).toEqual([]);
  });

  it("in the form of mails, also where a text cannot be read", async () => {
    const { user } = renderConsole("/settings", { as: "admin" });
    await user.click(await screen.findByRole("checkbox", { name: "Send mail" }));
    await screen.findByText("User: ana", { exact: false });
    expect(await violations()).toEqual([]);
    await user.type(screen.getByRole("textbox", { name: "Text of mails" }), "{{nobody}");
    await screen.findByText(/there is no \{nobody\}/);
    expect(await violations()).toEqual([]);
  });
});
