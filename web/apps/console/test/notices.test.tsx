/** How users are told: built-in texts, one's own, who is asked, and what is refused. */
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { freshSite } from "../mock/data";
import { draftOf, wrongOf } from "../src/rooms/policies/notices/draft";
import { isRightToLeft, isTag, serves } from "../src/rooms/policies/notices/languages";
import { findHeading, renderConsole } from "./render";

const ADDRESS = "/policies/notices";
const preview = () => screen.getByTestId("notice-preview");
const language = (name: RegExp) =>
  within(screen.getByRole("region", { name: "Languages" })).getByRole("button", { name });

describe("languages", () => {
  it("serve each other by tongue and, in Chinese, by script", () => {
    expect(serves("de-AT", "DE")).toBe(true);
    expect(serves("de", "en")).toBe(false);
    expect(serves("zh-TW", "zh-CN")).toBe(false);
    expect(serves("zh-Hant-HK", "zh-TW")).toBe(true);
  });

  it("have tags as the server takes them", () => {
    expect(["de", "pt-BR", "zh-Hans-CN"].map(isTag)).toEqual([true, true, true]);
    expect(["", "d", "de_DE", "de-", "1a", `de${"-x".repeat(20)}`].some(isTag)).toBe(false);
  });

  it("are written in the direction of their first letter", () => {
    expect(["12: جلسة", "שלום hello"].map(isRightToLeft)).toEqual([true, true]);
    expect(["hello שלום", "日本", "…", ""].some(isRightToLeft)).toBe(false);
  });
});

describe("what would be refused", () => {
  const page = { setting: {}, built_in: [], built_in_consent: [], buttons: [], most_bytes: 400 };
  const draft = draftOf(freshSite(0).notices);
  const faults = (changed: Partial<typeof draft>) =>
    wrongOf({ ...draft, defaultLanguage: "ar", ...changed }, page).map(({ fault }) => fault);
  const text = (title: string, body: string) => ({ texts: [{ language: "ar", title, body }] });

  it("is named", () => {
    expect(faults({})).toEqual([]);
    expect(faults(text("t".repeat(121), "a\tb"))).toEqual(["titleLong", "bodyControl"]);
    expect(faults(text(" ", ""))).toEqual(["titleMissing", "bodyMissing"]);
    expect(faults(text("😀".repeat(120), "x"))).toEqual(["tooMuch"]);
    expect(["29", "3601", "60.5", "soon", ""].flatMap((patience) => faults({ patience }))).toHaveLength(5);
    expect(faults({ defaultLanguage: "sw" })).toEqual(["noDefault"]);
  });
});

describe("the notice to users", () => {
  it("is a page of the policies' room, and shows the text for everybody first", async () => {
    const { user } = renderConsole("/policies", { as: "admin" });
    await user.click(await screen.findByRole("link", { name: "Notice to users" }));
    await findHeading("Notice to users");
    expect(await screen.findByLabelText("Title")).toHaveValue("Your session is being recorded");
    expect(screen.getByText(/What you type here becomes a text of your own/)).toBeVisible();
    expect(preview()).toHaveTextContent(
      "Your session is being recordedWhat your screen shows is stored.Close",
    );
    expect(language(/^German/)).toHaveTextContent("Built in");
  });

  it("becomes one's own by typing, is saved with what it takes the place of, and goes back", async () => {
    const { user, site } = renderConsole(`${ADDRESS}?language=de`, { as: "admin" });
    await user.type(await screen.findByLabelText("Title"), "!");
    expect(language(/^German/)).toHaveTextContent("Your text");
    expect(screen.getByLabelText("Title")).toHaveFocus();
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText(/Sessions that begin from now on/)).toBeVisible();
    expect(site.data.notices.texts?.[1]).toEqual({
      language: "de",
      title: "Ihre Sitzung wird aufgezeichnet!",
      body: "Was zu sehen ist, wird gespeichert.",
    });
    await user.click(screen.getByRole("button", { name: "Back to the built-in text" }));
    expect(screen.getByLabelText("Title")).toHaveValue("Ihre Sitzung wird aufgezeichnet");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(site.data.notices.texts).toHaveLength(1));
  });

  it("takes another language, and says what it lacks", async () => {
    const { user, site, requests } = renderConsole(ADDRESS, { as: "admin" });
    await user.type(await screen.findByLabelText("Add a language"), "pt_BR{Enter}");
    expect(screen.getByText(/This is no tag of a language/)).toBeVisible();
    await user.clear(screen.getByLabelText("Add a language"));
    await user.type(screen.getByLabelText("Add a language"), "pt-BR{Enter}");
    await waitFor(() => expect(screen.getByLabelText("Title")).toHaveFocus());
    await user.keyboard("Gravada");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getByRole("alert")).toHaveTextContent("Write a text.");
    expect(language(/Portuguese/)).toHaveTextContent("Incomplete");
    expect(requests.filter((request) => request.startsWith("PUT"))).toEqual([]);
    await user.type(screen.getByLabelText("Text"), "Esta sessão é gravada.");
    await user.selectOptions(screen.getByLabelText("Default language"), "pt-BR");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText(/Sessions that begin from now on/)).toBeVisible();
    expect(site.data.notices).toMatchObject({
      default_language: "pt-BR",
      texts: [{}, { language: "pt-BR" }],
    });
  });

  it("asks where consent is wanted, and says what becomes of who does not agree", async () => {
    const { user, site } = renderConsole(ADDRESS, { as: "admin" });
    expect(await screen.findByText(/Who declines, or does not answer in time, is logged off/)).toBeVisible();
    await user.click(screen.getByLabelText("Ask for their consent"));
    expect(preview()).toHaveTextContent("Do you agree?If you decline, you are logged off.AcceptDecline5:00");
    const patience = screen.getByLabelText("Seconds for an answer");
    await user.clear(patience);
    await user.type(patience, "5");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getByRole("alert")).toHaveTextContent("30 to 3,600 seconds");
    await user.type(patience, "0");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(site.data.notices).toMatchObject({ consent: true, patience_secs: 50 }));
  });

  it("is drawn from right to left where its title is", async () => {
    renderConsole(`${ADDRESS}?language=ar`, { as: "admin" });
    await waitFor(() => expect(preview()).toHaveAttribute("dir", "rtl"));
    expect(preview()).toHaveTextContent("إغلاق");
  });

  it("does not overwrite what somebody else did, and keeps what was typed", async () => {
    const { user, site } = renderConsole(ADDRESS, { as: "admin" });
    const title = await screen.findByLabelText("Title");
    site.data.notices = { ...site.data.notices, consent: true };
    await user.type(title, " 2");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText(/Somebody else has changed the notice/)).toBeVisible();
    expect(screen.getByLabelText("Title")).toHaveValue("Your session is being recorded 2");
    await user.click(screen.getByRole("button", { name: /show it as it is now/ }));
    await waitFor(() => expect(screen.getByLabelText("Title")).toHaveValue("Do you agree?"));
  });

  it("asks before it is left with changes that are not saved", async () => {
    const { user, router } = renderConsole(ADDRESS, { as: "admin" });
    await user.type(await screen.findByLabelText("Title"), " 2");
    // Another language is the same page.
    await user.click(language(/^German/));
    expect(screen.queryByRole("dialog")).toBeNull();
    await user.click(screen.getByRole("link", { name: "Machines" }));
    const dialog = await screen.findByRole("dialog", { name: /Leave without saving\?/ });
    await user.click(within(dialog).getByRole("button", { name: "Discard my changes" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/machines"));
  });

  it("can be read, not changed, by a policy reader", async () => {
    renderConsole(ADDRESS, { as: "reader" });
    expect(await screen.findByLabelText("Title")).toHaveAttribute("readonly");
    expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
    expect(screen.queryByLabelText("Add a language")).toBeNull();
  });
});
