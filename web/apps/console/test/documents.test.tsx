/** Copies of what was printed: saved from the list of events, never shown. */
import { act, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { FEW_EVENTS } from "../mock/data";
import { asFileName } from "../src/files/save";
import { documentName } from "../src/rooms/player/events/useSaving";
import { renderConsole } from "./render";

// The player needs a worker, WebAssembly and a canvas; the browser tests have them. Here an element says what it would.
vi.mock("@kinescope/player", () => ({}));

type Printed = { name: string; bytes: Uint8Array }[];
const read = vi.fn<(time_us: number, text?: string) => Promise<Printed>>();

class Reader extends HTMLElement {
  document = read;
  currentTime = 0;
  absoluteTime = false;
  events = [];
  eventFilter = null;
  recipientNames = {};
  state = "paused";
}

/** What the browser was told to keep: name, type and content. */
const kept: [string, string, string][] = [];
const blobs = new Map<string, Blob>();

beforeAll(() => {
  customElements.define("kinescope-player", class extends Reader {});
  customElements.define("kinescope-performance", class extends Reader {});
});

beforeEach(() => {
  Element.prototype.scrollTo = () => {};
  read.mockReset();
  kept.length = 0;
  URL.createObjectURL = (blob) => {
    const address = `blob:${blobs.size}`;
    blobs.set(address, blob as Blob);
    return address;
  };
  URL.revokeObjectURL = () => {};
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    const blob = blobs.get(this.href);
    if (blob) {
      const at = kept.push([this.download, blob.type, ""]) - 1;
      void blob.text().then((text) => kept.splice(at, 1, [this.download, blob.type, text]));
    }
  });
});

afterEach(() => void vi.restoreAllMocks());

const ID = (index: number) => (0x0193_4f00_0000 + index).toString(16).padStart(12, "0").padEnd(32, "7");
const FINISHED = ID(3);
const WITHOUT_PICTURE = ID(9);
const LETTER = { time_us: 30e6, kind: "document-kept", text: "../<b>letter</b>.pdf: 26 bytes" };
const PLAN = { time_us: 30e6, kind: "document-kept", text: "plan.pdf: 9 bytes, cut" };

function open(id: string) {
  return renderConsole(`/recordings/${id}?panel=events`, {
    as: "viewer",
    recordings: 12,
    change: (data) => {
      data.indexes[id] = { ...FEW_EVENTS, events: [...FEW_EVENTS.events, LETTER, PLAN] };
    },
  });
}

const list = () => screen.findByRole("list", { name: "Events" });
const save = async (name: string) =>
  within(await list()).getByRole("button", { name: `Save a copy of ${name}` });
const bytes = (text: string) => new TextEncoder().encode(text);

class Trouble extends Error {
  constructor(readonly trouble: string) {
    super(trouble);
  }
}

describe.each([
  ["beside the player", FINISHED],
  ["without a picture", WITHOUT_PICTURE],
])("what was printed, %s,", (_where, id) => {
  it("is saved under a harmless name, as bytes that no browser shows", async () => {
    const { user } = open(id);
    expect(within(await list()).getAllByRole("button", { name: /^Save/ })).toHaveLength(2);
    read.mockResolvedValueOnce([{ name: "../<b>letter</b>.pdf", bytes: bytes("<script>") }]);
    await user.click(await save("../<b>letter</b>.pdf"));
    expect(read).toHaveBeenCalledExactlyOnceWith(30e6, LETTER.text);
    await waitFor(() => expect(kept).toEqual([["b_.pdf", "application/octet-stream", "<script>"]]));
    expect(document.querySelector("iframe, embed, object")).toBeNull();
  });

  it("says why it cannot be, and forgets it with the next", async () => {
    const { user } = open(id);
    read.mockRejectedValueOnce(new Trouble("sealed"));
    await user.click(await save("plan.pdf"));
    const alert = await screen.findByText(/No copy of plan.pdf was saved/);
    expect(alert).toBeVisible();
    expect(screen.getByText(/What was printed is sealed/)).toBeVisible();
    read.mockRejectedValueOnce(new Error("what nobody thought of"));
    await user.click(await save("plan.pdf"));
    expect(await screen.findByText("The recording cannot be read.")).toBeVisible();
    expect(kept).toEqual([]);
    read.mockResolvedValueOnce([{ name: "plan.pdf", bytes: bytes("the plan") }]);
    await user.click(await save("plan.pdf"));
    await waitFor(() => expect(kept).toHaveLength(1));
    expect(screen.queryByText(/No copy/)).toBeNull();
  });

  it("breaks no rule of accessibility", async () => {
    open(id);
    await list();
    const { violations } = await axe.run(document.body, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      rules: { "color-contrast": { enabled: false } },
    });
    expect(violations.map(({ id: rule }) => rule)).toEqual([]);
  });
});

it("is busy while it is read, and read once", async () => {
  const { user } = open(FINISHED);
  let give = (_printed: Printed) => {};
  read.mockReturnValueOnce(
    new Promise((resolve) => {
      give = resolve;
    }),
  );
  await user.click(await save("plan.pdf"));
  expect(within(await list()).getByRole("progressbar")).toBeVisible();
  await user.click(within(await list()).getByRole("button", { name: /Save a copy of plan.pdf/ }));
  expect(read).toHaveBeenCalledOnce();
  await act(async () => give([{ name: "plan.pdf", bytes: bytes("the plan") }]));
  expect(within(await list()).queryByRole("progressbar")).toBeNull();
  await waitFor(() => expect(kept).toHaveLength(1));
});

it("is reached by keys from its row alone", async () => {
  const { user } = open(FINISHED);
  read.mockResolvedValue([]);
  const rows = within(await list()).getAllByRole("button", { name: /^\d/ });
  act(() => rows[0]?.focus());
  await user.tab();
  expect(document.activeElement?.getAttribute("aria-label") ?? "").not.toMatch(/^Save/);
  act(() => rows[0]?.focus());
  await user.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}");
  expect(rows[3]).toHaveFocus();
  await user.tab();
  expect(await save("../<b>letter</b>.pdf")).toHaveFocus();
  await user.keyboard("{Enter}");
  expect(read).toHaveBeenCalledExactlyOnceWith(30e6, LETTER.text);
  await user.keyboard("{ArrowDown}");
  expect(rows[4]).toHaveFocus();
  await user.tab();
  expect(await save("plan.pdf")).toHaveFocus();
  await user.tab({ shift: true });
  expect(rows[4]).toHaveFocus();
});

describe("names of files", () => {
  it.each([
    ["letter.pdf", "letter.pdf"],
    ["Löhne 薪水.pdf", "Löhne 薪水.pdf"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\ana\\plan.doc", "plan.doc"],
    [".bashrc", "bashrc"],
    ["...", "document"],
    ["", "document"],
    ["a/", "document"],
    ["con.txt", "_con.txt"],
    ["a\u0000b\n.txt", "a_b_.txt"],
    ["fdp.\u202eexe", "fdp._exe"],
    ['what?*<>".txt', "what_____.txt"],
  ])("%j is kept as %j", (name, expected) => expect(asFileName(name)).toBe(expected));

  it("are not endless", () => {
    expect(asFileName(`${"ü".repeat(500)}.pdf`)).toBe(`${"ü".repeat(96)}.pdf`);
    expect(asFileName("😀".repeat(500))).toBe("😀".repeat(100));
  });

  it("are what the event says before the size", () => {
    expect(
      ["a: 3 bytes", "a: b: 3 bytes, cut", "cut off", ""].map((text) => documentName({ ...LETTER, text })),
    ).toEqual(["a", "a: b", "cut off", ""]);
  });
});
