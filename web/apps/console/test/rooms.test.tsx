/** Policies, machines, people, logs: what is shown, what is asked before, and what is sent. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { enrolmentCommands } from "../src/rooms/machines/commands";
import { findHeading, renderConsole } from "./render";

describe("policies", () => {
  it("asks before another becomes active, and sends it once", async () => {
    const { user, site, requests } = renderConsole("/policies", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Make active: Do not record" }));
    const dialog = await screen.findByRole("dialog", { name: "Make “Do not record” active?" });
    expect(site.data.policy).toBe("record-everything");
    await user.click(within(dialog).getByRole("button", { name: "Make active" }));
    expect(await screen.findByText("“Do not record” is active now.")).toBeVisible();
    expect(site.data.policy).toBe("do-not-record");
    expect(requests.filter((request) => request.startsWith("POST"))).toEqual([
      "POST /api/v1/policies/forecast",
      "POST /api/v1/policies/do-not-record/activate",
    ]);
  });

  it("stays as it is when the question is answered with no", async () => {
    const { user, site } = renderConsole("/policies", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Make active: Do not record" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(site.data.policy).toBe("record-everything");
  });

  it("can be read, not changed, by a policy reader", async () => {
    renderConsole("/policies", { as: "reader" });
    expect(await screen.findByText("Record everything, without notice")).toBeVisible();
    for (const name of [/^Make/, /^Copy/, /^Delete/, /^Import/]) {
      expect(screen.queryByRole("button", { name })).toBeNull();
    }
    expect(screen.getByText(/Changing it needs the role policy administrator/)).toBeVisible();
  });

  it("keeps the question open and says why it did not work", async () => {
    const { user, site } = renderConsole("/policies", { as: "admin" });
    const handle = site.handle.bind(site);
    site.handle = async (request) =>
      request.method === "POST"
        ? Response.json({ code: "busy", message: "x", help: "y" }, { status: 503 })
        : handle(request);
    await user.click(await screen.findByRole("button", { name: "Make active: Do not record" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Make active" }));
    expect(await within(dialog).findByText(/Making the policy active did not work/)).toBeVisible();
    expect(within(dialog).getByText(/The server is busy/)).toBeVisible();
  });
});

describe("machines", () => {
  it("shows how each of them is", async () => {
    renderConsole("/machines", { as: "admin" });
    const row = (await screen.findByText("fin-03", { selector: "strong" })).closest("tr") as HTMLElement;
    expect(within(row).getByText("Online")).toBeVisible();
    expect(within(row).getByText("1.2 MB lost")).toBeVisible();
    expect(within(row).getByRole("link", { name: "1" })).toHaveAttribute(
      "href",
      "/recordings?text=fin-03&state=live",
    );
  });

  it("asks once before revoking, and says what that ends", async () => {
    const { user, site } = renderConsole("/machines", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Revoke fin-01" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("1 session is being recorded there now");
    await user.click(within(dialog).getByRole("button", { name: "Revoke" }));
    await waitFor(() => expect(site.data.machines[0]?.revoked_us).toEqual(expect.any(Number)));
    expect(await screen.findAllByText("Revoked")).toHaveLength(2);
  });

  it("gives the commands for a new machine, and forgets the token", async () => {
    const { user, queryClient } = renderConsole("/machines", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Add a machine" }));
    await user.type(screen.getByLabelText("What is it for?"), "lab-09");
    await user.click(screen.getByRole("button", { name: "Make a token" }));
    const token = /Zm9yLXRlc3Rz/;
    expect(await screen.findByText(token)).toBeVisible();
    expect(screen.getByText(/kinescope-agent enrol --server https:\/\/kinescope\.test:443/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Done" }));
    expect(await screen.findByText("lab-09")).toBeVisible();
    expect(screen.queryByText(token)).toBeNull();
    const kept = JSON.stringify(
      queryClient
        .getMutationCache()
        .getAll()
        .map((one) => one.state.data ?? null),
    );
    expect(kept).not.toMatch(token);
  });

  it("teaches what to do where there is none", async () => {
    renderConsole("/machines", {
      as: "admin",
      change: (data) => Object.assign(data, { machines: [], tokens: [] }),
    });
    expect(await screen.findByText("No machine is enrolled")).toBeVisible();
    expect(screen.getByRole("button", { name: "Add a machine" })).toBeVisible();
  });

  it("never puts a token among a command's arguments", () => {
    const { enrol, start } = enrolmentCommands(new URL("https://k.example/"), "secret.5c5c");
    expect(`${enrol} ${start}`).not.toContain("secret");
    expect(enrol).toContain("--server https://k.example:443 --token-file");
  });
});

describe("people", () => {
  it("are added with the roles that were ticked", async () => {
    const { user, site } = renderConsole("/people", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Add a person" }));
    const dialog = await screen.findByRole("dialog");
    await user.type(within(dialog).getByLabelText(/^Name/), "ines");
    await user.type(within(dialog).getByLabelText(/^First password/), "short");
    await user.click(within(dialog).getByRole("checkbox", { name: "Player" }));
    await user.click(within(dialog).getByRole("button", { name: "Add a person" }));
    expect(within(dialog).getByText("At least 10 characters are needed.")).toBeVisible();
    await user.type(within(dialog).getByLabelText(/^First password/), " but now long");
    await user.click(within(dialog).getByRole("button", { name: "Add a person" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(site.data.people.at(-1)).toMatchObject({
      name: "ines",
      roles: ["player"],
      password: "short but now long",
    });
  });

  it("are not added twice, and the dialog says so", async () => {
    const { user } = renderConsole("/people", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Add a person" }));
    const dialog = await screen.findByRole("dialog");
    await user.type(within(dialog).getByLabelText(/^Name/), "viewer");
    await user.type(within(dialog).getByLabelText(/^First password/), "long enough");
    await user.click(within(dialog).getByRole("button", { name: "Add a person" }));
    expect(await within(dialog).findByText(/There is a person called viewer already/)).toBeVisible();
  });

  it("cannot take the administrator's role from themselves or lock themselves out", async () => {
    const { user } = renderConsole("/people", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Actions for admin" }));
    expect(screen.queryByRole("menuitem", { name: "Lock out" })).toBeNull();
    await user.click(await screen.findByRole("menuitem", { name: "Change roles" }));
    const dialog = await screen.findByRole("dialog", { name: "Roles of admin" });
    expect(within(dialog).getByRole("checkbox", { name: "Policy administrator" })).toBeDisabled();
  });

  it("are locked out after a question that names them", async () => {
    const { user, site } = renderConsole("/people", { as: "admin" });
    await user.click(await screen.findByRole("button", { name: "Actions for viewer" }));
    await user.click(await screen.findByRole("menuitem", { name: "Lock out" }));
    const dialog = await screen.findByRole("dialog", { name: /Lock viewer out\?/ });
    await user.click(within(dialog).getByRole("button", { name: "Lock out" }));
    await waitFor(() => expect(site.data.people.find((one) => one.name === "viewer")?.enabled).toBe(false));
  });
});

describe("audit", () => {
  it("pages through the diagnostics by the address", async () => {
    const { requests } = renderConsole("/audit?page=2", { as: "admin" });
    expect(await screen.findAllByRole("row")).toHaveLength(21);
    expect(requests).toContain("GET /api/v1/diagnostics?limit=50&offset=50");
    expect(await screen.findAllByRole("cell", { name: "fin-03" })).not.toEqual([]);
  });

  it("shows what administrators did", async () => {
    const { user, router } = renderConsole("/audit", { as: "admin" });
    await user.click(await screen.findByRole("tab", { name: "Administration" }));
    expect(await screen.findByText("policy-changed")).toBeVisible();
    expect(router.state.location.search).toMatchObject({ log: "administration" });
    await user.click(
      screen.getByRole("button", { name: "Show what was changed: policy-changed record-everything" }),
    );
    const dialog = await screen.findByRole("dialog");
    expect(await within(dialog).findByText("Do not record")).toBeVisible();
    expect(within(dialog).getByRole("region", { name: "After" })).toHaveTextContent('{ "name": "Finance" }');
  });
});

describe("what was played", () => {
  it("can be played from the log by who may", async () => {
    const id = "7".repeat(32);
    const played = { time_us: 1_790_000_000_000_000, user: "ana", action: "playback", target: id };
    const change = ({ adminLog }: { adminLog: object[] }) => {
      adminLog.unshift({ ...played, id: 99, has_change: false });
    };
    renderConsole("/audit?log=administration", { as: "admin", change });
    const link = await screen.findByRole("link", { name: `Play recording ${id}` });
    expect(link).toHaveAttribute("href", `/recordings/${id}`);
    expect(link).toHaveTextContent(id);
  });
});

describe("recording reasons", () => {
  it("are a log of their own", async () => {
    const { requests } = renderConsole("/audit?log=recordings", { as: "admin" });
    expect(await screen.findByText("Nothing was recorded")).toBeVisible();
    expect(requests).toContain("GET /api/v1/admin-log?limit=50&offset=0&about=recordings");
  });
});

describe("the user menu", () => {
  it("changes the password, after both entries are the same", async () => {
    const { user, site } = renderConsole("/policies", { as: "reader" });
    await findHeading("Policies");
    await user.click(screen.getByRole("button", { name: "Menu of reader" }));
    await user.click(await screen.findByRole("menuitem", { name: "Change password" }));
    const dialog = await screen.findByRole("dialog", { name: "Change your password" });
    await user.type(within(dialog).getByLabelText(/^Present password/), "correct horse");
    await user.type(within(dialog).getByLabelText(/^New password(?! again)/), "battery staple");
    await user.type(within(dialog).getByLabelText(/^New password again/), "battery stable");
    await user.click(within(dialog).getByRole("button", { name: "Change password" }));
    expect(within(dialog).getByText("The two are not the same.")).toBeVisible();
    await user.clear(within(dialog).getByLabelText(/^New password again/));
    await user.type(within(dialog).getByLabelText(/^New password again/), "battery staple");
    await user.click(within(dialog).getByRole("button", { name: "Change password" }));
    expect(await within(dialog).findByText("Your password is changed.")).toBeVisible();
    expect(site.data.people.find((one) => one.name === "reader")?.password).toBe("battery staple");
  });

  it("switches the theme and keeps it", async () => {
    const { user } = renderConsole("/policies", { as: "reader" });
    await findHeading("Policies");
    await user.click(screen.getByRole("button", { name: "Menu of reader" }));
    await user.click(await screen.findByRole("menuitem", { name: "Dark" }));
    expect(document.documentElement).toHaveClass("pf-v6-theme-dark");
    await user.click(await screen.findByRole("menuitem", { name: "High contrast" }));
    expect(document.documentElement).toHaveClass("pf-v6-theme-high-contrast");
    expect(document.documentElement).not.toHaveClass("pf-v6-theme-dark");
    expect(localStorage.getItem("kinescope.theme")).toBe("contrast");
  });
});
