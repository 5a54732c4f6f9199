/** Mail and webhook: tried before they are kept, tested, and what became of what was sent. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { findHeading, renderConsole } from "./render";

describe("mail and webhook", () => {
  it("are refused in the mail server's words, kept untried if wanted, and tested", async () => {
    const { user, site } = renderConsole("/settings", { as: "admin" });
    await findHeading("Settings");
    await user.click(await screen.findByRole("checkbox", { name: "Send mail" }));
    const save = screen.getByRole("button", { name: "Try and keep" });
    await user.click(save);
    expect(await screen.findByText(/The mail server needs a name/)).toBeVisible();
    await user.type(screen.getByLabelText("Name of the mail server"), "away");
    await user.type(screen.getByLabelText("Address that mails come from"), "kinescope@example.org");
    await user.click(save);
    expect(await screen.findByText(/connection refused/)).toBeVisible();
    expect(site.data.notifications).toEqual({});
    await user.click(screen.getByRole("button", { name: "Keep untried" }));
    expect(await screen.findByText("Kept.")).toBeVisible();
    expect(site.data.notifications.mail?.subject).toEqual(["trigger", "user", "machine"]);

    await user.type(screen.getByLabelText("Address for a test"), "tess@example.org");
    await user.click(screen.getByRole("button", { name: "Send a test mail" }));
    expect(await screen.findByText("It was taken.")).toBeVisible();
  });

  it("have a text of one's own for each language, shown as a mail, and the one that is built in again", async () => {
    const { user, site } = renderConsole("/settings", { as: "admin" });
    await user.click(await screen.findByRole("checkbox", { name: "Send mail" }));
    await user.type(screen.getByLabelText("Name of the mail server"), "mail");
    await user.type(screen.getByLabelText("Address that mails come from"), "kinescope@example.org");
    const text = () => screen.getByRole("textbox", { name: "Text of mails" });
    await waitFor(() => expect(text()).toHaveValue("User: {user}\n{link}\n"));
    await user.clear(text());
    await user.type(text(), "{{nobody}");
    expect(await screen.findByText(/line 1, column 1: there is no \{nobody\}/)).toBeVisible();
    const before = screen.getByRole("group", { name: "A mail with the text as it could last be read" });
    expect(before).toHaveTextContent("User: ana");
    await user.clear(text());
    await user.type(text(), "Look at {{user}");
    expect(await screen.findByText("Look at ana")).toBeVisible();
    await user.selectOptions(screen.getByRole("combobox", { name: "Language of mails" }), "Deutsch");
    await waitFor(() => expect(text()).toHaveValue("Benutzer: {user}\n{link}\n"));
    expect(screen.queryByRole("button", { name: "As it is built in" })).toBeNull();
    await user.type(text(), "Mehr");
    await user.click(screen.getByRole("button", { name: "As it is built in" }));
    await user.click(screen.getByRole("button", { name: "Try and keep" }));
    expect(await screen.findByText("Kept.")).toBeVisible();
    expect(site.data.notifications.mail?.texts).toEqual({ en: "Look at {user}" });
    expect(site.data.notifications.mail?.language).toBe("de");
  });

  it("lists what was sent by outcome", async () => {
    const { user } = renderConsole("/settings", { as: "admin" });
    const table = await screen.findByRole("table", { name: "What was sent" });
    expect(within(table).getByText("soc@example.org")).toBeVisible();
    expect(within(table).getByText("Delivered")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Refused" }));
    expect(await screen.findByText("Nothing here")).toBeVisible();
  });

  it("asks for a secret, and makes one", async () => {
    const { user, site } = renderConsole("/settings", { as: "admin" });
    await user.click(await screen.findByRole("checkbox", { name: "Call a webhook" }));
    await user.type(screen.getByLabelText("Address of the webhook"), "https://siem.example.org/hook");
    await user.click(screen.getByRole("button", { name: "Try and keep" }));
    expect(await screen.findByText(/needs a secret of at least 16/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Make a secret" }));
    await user.click(screen.getByRole("button", { name: "Try and keep" }));
    expect(await screen.findByText("Kept.")).toBeVisible();
    expect(site.data.notifications).toEqual({ webhook: { url: "https://siem.example.org/hook" } });
  });
});
