/** A policy is written, changed, tried, copied and moved as a file. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { FINANCE } from "../mock/data";
import { findHeading, renderConsole } from "./render";

const ID = "f".repeat(32);

describe("the list of policies", () => {
  it("says what is built in, what is active and what is not possible yet", async () => {
    renderConsole("/policies", { as: "admin" });
    const row = (await screen.findByRole("link", { name: "Record everything, without notice" })).closest(
      "tr",
    );
    expect(within(row as HTMLElement).getByText("Active")).toBeVisible();
    expect(within(row as HTMLElement).getByText("Built in")).toBeVisible();
    expect(screen.getByText("1 rule")).toBeVisible();
    expect(screen.getByText(/Not possible yet.*recording events only, audio/)).toBeVisible();
  });

  it("asks before a policy is deleted", async () => {
    const { user, site, requests } = renderConsole("/policies", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Delete Finance desks" }));
    const dialog = await screen.findByRole("dialog", { name: /Delete “Finance desks”\?/ });
    expect(site.data.policies).toHaveLength(1);
    await user.click(within(dialog).getByRole("button", { name: "Delete" }));
    expect(await screen.findByText("“Finance desks” is deleted.")).toBeVisible();
    expect(site.data.policies).toHaveLength(0);
    expect(requests).toContain(`DELETE /api/v1/policies/${ID}?revision=3`);
  });

  it("leads to a copy under another name", async () => {
    const { user, router } = renderConsole("/policies", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Copy Finance desks" }));
    const dialog = await screen.findByRole("dialog");
    const name = within(dialog).getByLabelText(/^Name/);
    expect(name).toHaveValue("Copy of Finance desks");
    await user.clear(name);
    await user.type(name, "Accounts");
    await user.click(within(dialog).getByRole("button", { name: "Copy" }));
    await findHeading("Accounts");
    expect(router.state.location.pathname).toMatch(/^\/policies\/0+2$/);
  });

  it("takes a file, and says what is wrong with another", async () => {
    const { user, site } = renderConsole("/policies", { as: "admin" });
    const input = await screen.findByLabelText("File with a policy");
    await user.upload(input, new File(["not json"], "a.json", { type: "application/json" }));
    expect(await screen.findByText(/This file is no policy/)).toBeVisible();
    const broken = { ...FINANCE, rules: [{ ...FINANCE.rules[0], when: {} }] };
    await user.upload(input, new File([JSON.stringify(broken)], "b.json", { type: "application/json" }));
    expect(await screen.findByText(/Rule “Finance”: a rule needs at least one criterion/)).toBeVisible();
    const good = { ...FINANCE, name: "From afar" };
    await user.upload(input, new File([JSON.stringify(good)], "c.json", { type: "application/json" }));
    expect(await screen.findByText("“From afar” is imported. It is not active.")).toBeVisible();
    expect(site.data.policies[1]?.document).toEqual(good);
  });
});

describe("the editor of a policy", () => {
  it("reads as a sentence whose parts are changed where they stand", async () => {
    const { user, site } = renderConsole(`/policies/${ID}`, { as: "admin" });
    const rule = await screen.findByRole("region", { name: "Rule Finance" });
    expect(rule).toHaveTextContent(
      "Finance: record without notice when the user is ana or in the group finance and the machine is fin-*",
    );
    await user.click(within(rule).getByRole("button", { name: "ana or in the group finance" }));
    const users = within(rule).getByLabelText("Users");
    expect(users).toHaveFocus();
    await user.type(users, "{End}\nbob");
    await user.click(within(rule).getByRole("button", { name: "record without notice" }));
    await user.click(within(rule).getByLabelText(/^do not record/));
    await user.click(within(rule).getByRole("button", { name: "and tag …" }));
    await user.type(within(rule).getByLabelText("Tags"), "vpn{Escape}");
    expect(within(rule).queryByLabelText("Tags")).toBeNull();
    expect(rule).toHaveTextContent(
      "Finance: do not record when the user is ana, bob, or in the group finance",
    );
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(site.data.policies[0]?.revision).toBe(4));
    expect(site.data.policies[0]?.document.rules).toEqual([
      {
        name: "Finance",
        action: { do: "do-not-record" },
        when: {
          who: [{ user: "ana" }, { user: "bob" }, { group: "finance" }],
          where: [{ machine: "fin-*" }],
          tags: ["vpn"],
        },
      },
    ]);
  });

  it("says what telling the user means, and keeps what is hidden", async () => {
    const { user, site } = renderConsole(`/policies/${ID}`, {
      as: "admin",
      change: ({ notices, policies: [policy] }) => {
        notices.consent = true;
        const [rule] = FINANCE.rules;
        const action = { do: "record-screen", notice: false, hide: ["keepassxc"] } as const;
        Object.assign(policy ?? {}, { document: { ...FINANCE, rules: [{ ...rule, action }] } });
      },
    });
    await user.click(await screen.findByRole("button", { name: "record without notice, hiding keepassxc" }));
    await user.click(screen.getByLabelText("record with notice"));
    expect(await screen.findByText(/is logged off and not recorded/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(site.data.policies[0]?.revision).toBe(4));
    expect(site.data.policies[0]?.document.rules[0]?.action).toEqual({
      do: "record-screen",
      notice: true,
      hide: ["keepassxc"],
    });
  });

  it("says what is done with a session that keeps from being recorded", async () => {
    const { user, site } = renderConsole(`/policies/${ID}`, { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "record without notice" }));
    const answers = screen.getByRole("radiogroup", { name: /keep it from being recorded/ });
    expect(within(answers).getByLabelText("Let it go on")).toBeChecked();
    await user.click(within(answers).getByLabelText("Lock it"));
    await user.click(within(answers).getByLabelText("Let it go on"));
    expect(await screen.findByRole("button", { name: "record without notice" })).toBeVisible();
    await user.click(within(answers).getByLabelText("Log the user off"));
    expect(
      await screen.findByRole("button", {
        name: "record without notice, logging the user off if that is disturbed",
      }),
    ).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(site.data.policies[0]?.revision).toBe(4));
    expect(site.data.policies[0]?.document.rules[0]?.action).toMatchObject({ if_disturbed: "log-off" });
  });

  it("says whether the session has a sign, as long as something is recorded", async () => {
    const { user, site } = renderConsole(`/policies/${ID}`, {
      as: "admin",
      change: ({ policies: [policy] }) => {
        const [rule] = FINANCE.rules;
        const action = { do: "record-events", notice: true, indicator: "hidden" } as const;
        Object.assign(policy ?? {}, { document: { ...FINANCE, rules: [{ ...rule, action }] } });
      },
    });
    const sentence = (name: string) => screen.findByRole("button", { name });
    await user.click(await sentence("record events only, with notice, without a sign in the session"));
    await user.click(screen.getByLabelText("record without notice"));
    expect(await sentence("record without notice, without a sign in the session")).toBeVisible();
    const signs = screen.getByRole("radiogroup", { name: "Sign in the session" });
    expect(within(signs).getByLabelText("Never shown")).toBeChecked();
    await user.click(within(signs).getByLabelText("Shown to users who are told"));
    expect(await sentence("record without notice")).toBeVisible();
    await user.click(within(signs).getByLabelText("Always shown"));
    expect(await sentence("record without notice, with a sign in the session")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(site.data.policies[0]?.revision).toBe(4));
    const action = { do: "record-screen", notice: false, indicator: "shown" };
    expect(site.data.policies[0]?.document.rules[0]?.action).toEqual(action);
    await user.click(await sentence("record without notice, with a sign in the session"));
    await user.click(screen.getByLabelText("do not record"));
    expect(screen.queryByRole("radiogroup", { name: "Sign in the session" })).toBeNull();
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(site.data.policies[0]?.revision).toBe(5));
    expect(site.data.policies[0]?.document.rules[0]?.action).toEqual({ do: "do-not-record" });
  });

  it("asks before it is left with changes that are not saved", async () => {
    const { user, router } = renderConsole(`/policies/${ID}`, { as: "admin" });
    await user.type(await screen.findByLabelText(/^Name/), " 2");
    await user.click(screen.getByRole("link", { name: "Machines" }));
    const dialog = await screen.findByRole("dialog", { name: /Leave without saving\?/ });
    await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    expect(screen.getByLabelText(/^Name/)).toHaveValue("Finance desks 2");
    await user.click(screen.getByRole("link", { name: "Machines" }));
    await user.click(await screen.findByRole("button", { name: "Discard my changes" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/machines"));
  });

  it("offers only what recorders can do", async () => {
    const { user } = renderConsole(`/policies/${ID}`, { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "record without notice" }));
    const choices = screen
      .getAllByRole("radio")
      .map((radio) => (radio as HTMLInputElement).labels?.[0]?.textContent);
    expect(choices.slice(0, 3)).toEqual(["record without notice", "record with notice", "do not record"]);
    expect(choices.slice(3)).toEqual([
      ...["Shown to users who are told", "Always shown", "Never shown"],
      ...["Let it go on", "Lock it", "Log the user off"],
    ]);
    expect(screen.getByText(/Not possible yet/)).toBeVisible();
  });

  it("does not overwrite what somebody else did, and keeps what was typed", async () => {
    const { user, site } = renderConsole(`/policies/${ID}`, { as: "admin" });
    const name = await screen.findByLabelText(/^Name/);
    Object.assign(site.data.policies[0] ?? {}, { revision: 4, changed_by: "bob" });
    await user.type(name, " 2");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText(/bob has changed this policy meanwhile/)).toBeVisible();
    expect(name).toHaveValue("Finance desks 2");
    expect(site.data.policies[0]?.document.name).toBe("Finance desks");
    await user.click(screen.getByRole("button", { name: /show it as it is now/ }));
    await waitFor(() => expect(screen.getByLabelText(/^Name/)).toHaveValue("Finance desks"));
  });

  it("makes a new policy with a rule and hours", async () => {
    const { user, site } = renderConsole("/policies/new", { as: "admin" });
    await user.type(await screen.findByLabelText(/^Name/), "Nights");
    await user.click(screen.getByRole("button", { name: "Add a rule" }));
    const rule = screen.getByRole("region", { name: "Rule Rule 1" });
    await user.type(within(rule).getByLabelText("Groups"), "night shift");
    await user.click(within(rule).getByRole("button", { name: "and time …" }));
    await user.click(within(rule).getByLabelText("Fri"));
    await user.clear(within(rule).getByLabelText("From"));
    await user.type(within(rule).getByLabelText("From"), "22:00");
    expect(rule).toHaveTextContent("it begins Mon, Tue, Wed, Thu 22:00–18:00");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await findHeading("Nights");
    expect(site.data.policies[1]?.document.rules[0]?.when).toEqual({
      who: [{ group: "night shift" }],
      time: [{ days: ["mon", "tue", "wed", "thu"], from: "22:00", to: "18:00" }],
    });
  });

  it("writes a file that can be taken in again", async () => {
    const blobs: Blob[] = [];
    vi.stubGlobal(
      "URL",
      Object.assign(URL, {
        createObjectURL: (blob: Blob) => `blob:${blobs.push(blob)}`,
        revokeObjectURL: () => {},
      }),
    );
    const { user } = renderConsole(`/policies/${ID}`, { as: "reader" });
    await user.click(await screen.findByRole("button", { name: "Export" }));
    expect(JSON.parse((await blobs[0]?.text()) ?? "")).toEqual(FINANCE);
  });

  it("can be read, not changed, by a policy reader", async () => {
    renderConsole(`/policies/${ID}`, { as: "reader" });
    expect(await screen.findByText("ana or in the group finance")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Add a rule" })).toBeNull();
    expect(screen.getByLabelText(/^Name/)).toHaveAttribute("readonly");
  });
});

describe("the what-if panel", () => {
  it("asks by the policy as it stands in the form", async () => {
    const { user } = renderConsole(`/policies/${ID}`, { as: "admin" });
    const panel = await screen.findByRole("region", { name: "What would happen?" });
    await user.type(within(panel).getByLabelText("User"), "ana");
    await user.click(within(panel).getByRole("button", { name: "Ask" }));
    expect(await within(panel).findByText(/It would be recorded/)).toBeVisible();
    expect(panel).toHaveTextContent("rule: Finance");
    await user.click(screen.getByRole("button", { name: "ana or in the group finance" }));
    await user.clear(screen.getByLabelText("Users"));
    await user.click(within(panel).getByRole("button", { name: "Ask" }));
    expect(await within(panel).findByText(/It would not be recorded/)).toBeVisible();
    expect(panel).toHaveTextContent("Policy “Finance desks”, no rule.");
  });

  it("asks about a session that was recorded", async () => {
    const { user, requests } = renderConsole("/policies/record-everything", { as: "admin" });
    const panel = await screen.findByRole("region", { name: "What would happen?" });
    const sessions = within(panel).getByLabelText("Session");
    await waitFor(() => expect(within(sessions).getAllByRole("option").length).toBeGreaterThan(2));
    await user.selectOptions(sessions, within(sessions).getAllByRole("option")[1] as HTMLElement);
    expect(within(panel).getByLabelText("User")).toBeDisabled();
    await user.click(within(panel).getByRole("button", { name: "Ask" }));
    expect(await within(panel).findByText(/It would be recorded/)).toBeVisible();
    expect(requests).toContain("POST /api/v1/policies/try");
  });
});
