/** Sessions that run now: what is recorded of each, and ordering the screen. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { findHeading, renderConsole } from "./render";

async function rowOf(user: string): Promise<HTMLElement> {
  return (await screen.findByText(user, { selector: "strong" })).closest("tr") as HTMLElement;
}

describe("sessions", () => {
  it("say what of them is recorded, and offer what can be ordered", async () => {
    renderConsole("/sessions", { as: "admin" });
    const names = (row: HTMLElement) =>
      within(row)
        .queryAllByRole("button")
        .map((button) => button.textContent);
    const [ana, ben, eve, ida] = [
      await rowOf("ana"),
      await rowOf("ben"),
      await rowOf("eve"),
      await rowOf("ida"),
    ];
    expect(within(ana).getByText("Events only")).toBeVisible();
    expect(names(ana)).toEqual(["Record the screen", "Stop recording"]);
    expect(within(ben).getByText("Screen recorded")).toBeVisible();
    expect(names(ben)).toEqual(["Stop recording"]);
    expect(within(eve).getByText("Not recorded")).toBeVisible();
    expect(names(eve)).toEqual(["Record"]);
    expect(within(ida).getByText("Events only")).toBeVisible();
    expect(names(ida)).toEqual([]);
  });

  it("say only that they are recorded while nothing of the recording is there", async () => {
    renderConsole("/sessions", {
      as: "admin",
      change: ({ sessions }) => Object.assign(sessions[1] as object, { events_only: null }),
    });
    expect(within(await rowOf("ben")).getByText("Recorded", { selector: "span" })).toBeVisible();
    expect(within(await rowOf("ben")).queryByText("Screen recorded")).toBeNull();
  });

  it("have their screen recorded, and stopped, by the keyboard alone", async () => {
    const { user, requests } = renderConsole("/sessions", { as: "admin" });
    await findHeading("Sessions");
    const record = await screen.findByRole("button", { name: "Record the screen of ana on fin-01" });
    for (let presses = 0; document.activeElement !== record; presses += 1) {
      expect(presses).toBeLessThan(60);
      await user.tab();
    }
    await user.keyboard("{Enter}");
    const dialog = await screen.findByRole("dialog", { name: "Record the screen of this session?" });
    expect(dialog).toHaveTextContent("Until now only events are recorded");
    const confirm = within(dialog).getByRole("button", { name: "Record the screen" });
    for (let presses = 0; document.activeElement !== confirm; presses += 1) {
      expect(presses).toBeLessThan(20);
      await user.tab();
    }
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(await within(await rowOf("ana")).findByText("Screen recorded")).toBeVisible();
    expect(within(await rowOf("ana")).getByText("for an administrator")).toBeVisible();

    await user.click(screen.getByRole("button", { name: "Stop recording ana on fin-01" }));
    const asked = await screen.findByRole("dialog", { name: /Stop recording this session\?$/ });
    expect(asked).toHaveTextContent("its events go on being recorded");
    await user.click(within(asked).getByRole("button", { name: "Stop recording" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(await within(await rowOf("ana")).findByText("Events only")).toBeVisible();
    expect(requests.filter((request) => request.startsWith("POST"))).toEqual([
      "POST /api/v1/sessions/control",
      "POST /api/v1/sessions/control",
    ]);
  });

  it("are called what they are when several are chosen", async () => {
    const { user } = renderConsole("/sessions", { as: "admin" });
    await user.click(within(await rowOf("ana")).getByRole("checkbox"));
    await user.click(screen.getByRole("button", { name: "Record the screen" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Cancel" }));
    await user.click(within(await rowOf("eve")).getByRole("checkbox"));
    await user.click(screen.getByRole("button", { name: "Record" }));
    expect(await screen.findByRole("dialog", { name: "Record 2 sessions?" })).toHaveTextContent(
      "Their screens are recorded from now on",
    );
  });
});
