/** Signing in and out, sessions that end, and what each role sees. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { PASSWORD } from "../mock/data";
import { findHeading, renderConsole } from "./render";

async function logIn(user: ReturnType<typeof renderConsole>["user"], name: string, password: string) {
  await user.type(await screen.findByLabelText(/^User/), name);
  await user.type(screen.getByLabelText(/^Password/), password);
  await user.click(screen.getByRole("button", { name: "Log in" }));
}

describe("login", () => {
  it("leads to the page that was asked for", async () => {
    const { user, router } = renderConsole("/machines");
    await logIn(user, "admin", PASSWORD);
    await findHeading("Machines");
    expect(router.state.location.pathname).toBe("/machines");
  });

  it("says that something is wrong, and not what", async () => {
    const { user } = renderConsole("/login");
    await logIn(user, "admin", "wrong");
    expect(await screen.findByText(/User or password is wrong/)).toBeVisible();
  });

  it("never leads to another site", async () => {
    for (const to of ["//evil.example/x", "https://evil.example/", "/\\evil.example"]) {
      const { user, router } = renderConsole(`/login?to=${encodeURIComponent(to)}`);
      await logIn(user, "admin", PASSWORD);
      await findHeading("Recordings");
      expect(router.state.location.pathname).toBe("/recordings");
      document.body.replaceChildren();
    }
  });
});

describe("a session that ends", () => {
  it("leads to the login page, and from there back to the same view", async () => {
    const { user, site, router, queryClient } = renderConsole("/recordings?text=ana&sort=-size", {
      as: "admin",
    });
    await findHeading("Recordings");
    site.signedIn = undefined;
    await queryClient.invalidateQueries();
    expect(await screen.findByText(/Your session has ended/)).toBeVisible();
    await logIn(user, "admin", PASSWORD);
    await findHeading("Recordings");
    expect(router.state.location.search).toMatchObject({ text: "ana", sort: "-size" });
  });

  it("by logging out forgets what was seen", async () => {
    const { user, queryClient } = renderConsole("/recordings", { as: "admin" });
    await findHeading("Recordings");
    await user.click(screen.getByRole("button", { name: "Menu of admin" }));
    await user.click(await screen.findByRole("menuitem", { name: "Log out" }));
    await findHeading("Log in to Kinescope");
    await waitFor(() => expect(queryClient.getQueryCache().getAll()).toEqual([]));
  });
});

describe("rooms", () => {
  it.each([
    [
      "admin",
      [
        "Recordings",
        "Responses",
        "Sessions",
        "Policies",
        "Machines",
        "Audit",
        "Success rate",
        "People",
        "Settings",
      ],
    ],
    ["viewer", ["Recordings", "Responses"]],
    ["reader", ["Policies"]],
  ])("of %s are %j", async (as, rooms) => {
    renderConsole("/", { as });
    const navigation = await screen.findByRole("navigation", { name: "Rooms" });
    await waitFor(() =>
      expect(
        within(navigation)
          .queryAllByRole("link")
          .map((link) => link.textContent),
      ).toEqual(rooms),
    );
  });

  it("that are not open say which role opens them, and ask the server nothing", async () => {
    const { requests } = renderConsole("/people", { as: "viewer" });
    expect(await screen.findByText(/needs one of these roles: Policy administrator/)).toBeVisible();
    expect(requests.filter((request) => request.includes("/users"))).toEqual([]);
  });

  it("explain themselves to a person without any role", async () => {
    renderConsole("/", { as: "new" });
    await findHeading("You are logged in, and have no role yet");
    expect(screen.getByText(/finds and plays recordings/)).toBeVisible();
  });

  it("appear when a role is given meanwhile", async () => {
    const { site, queryClient } = renderConsole("/", { as: "new" });
    await findHeading("You are logged in, and have no role yet");
    for (const person of site.data.people.filter((one) => one.name === "new")) {
      person.roles = ["player"];
    }
    await queryClient.invalidateQueries({ queryKey: ["me"] });
    expect(await screen.findByRole("link", { name: "Recordings" })).toBeVisible();
  });
});

it("a demo deployment says so, and another does not", async () => {
  renderConsole("/recordings", { as: "admin" });
  expect(await screen.findByText(/Demo deployment/)).toBeVisible();
  document.body.replaceChildren();
  renderConsole("/recordings", { as: "admin", change: (data) => Object.assign(data, { demo: false }) });
  await findHeading("Recordings");
  expect(screen.queryByText(/Demo deployment/)).toBeNull();
});

it("? shows the keys, except to whoever is writing", async () => {
  const { user } = renderConsole("/recordings", { as: "admin" });
  await findHeading("Recordings");
  await user.click(screen.getByRole("textbox", { name: "Search recordings" }));
  await user.keyboard("?");
  expect(screen.queryByRole("dialog")).toBeNull();
  screen.getByRole("textbox", { name: "Search recordings" }).blur();
  await user.keyboard("?");
  expect(await screen.findByRole("dialog", { name: "Keyboard keys" })).toBeVisible();
});
