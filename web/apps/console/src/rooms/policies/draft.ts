/** A policy while it is edited. Empty conditions are left out when it is saved; the server judges the rest. */
import type { Criteria, PolicyDocument, PolicyKind, PolicyRule } from "../../api/policies";
import { isSaid } from "./responses/draft";

/** The conditions that can be edited, in the order of the sentence. */
export const CONDITIONS = ["who", "opened", "where", "client", "tags", "time"] as const;
export type Condition = (typeof CONDITIONS)[number];

export type Hours = NonNullable<Criteria["time"]>[number];
export type Day = Hours["days"][number];
export const DAYS: readonly Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A rule with a number of its own, which stays while rules come and go. */
export interface DraftRule {
  key: number;
  rule: PolicyRule;
}

export interface Draft {
  name: string;
  description: string;
  rules: DraftRule[];
}

export function draftOf(document: PolicyDocument): Draft {
  const rules = document.rules.map((rule: PolicyRule, key) => ({ key, rule }));
  return { name: document.name, description: document.description ?? "", rules };
}

export function documentOf({ name, description, rules }: Draft): PolicyDocument {
  const document = {
    version: 1,
    name: name.trim(),
    description,
    rules: rules.map(({ rule }) => ({ ...answering(rule), when: given(rule.when) })),
  };
  // All rules of a draft are of its policy's kind.
  return document as PolicyDocument;
}

/** Without responses that say nothing. */
function answering(rule: PolicyRule): PolicyRule {
  if (!("respond" in rule) || isSaid(rule.respond)) {
    return rule;
  }
  const { respond: _nothing, ...rest } = rule;
  return rest;
}

/** Without conditions that say nothing. */
function given(when: Criteria): Criteria {
  return Object.fromEntries(Object.entries(when).filter(([, items]) => items && items.length > 0));
}

/** The newest rule stands last. */
export function newRule(kind: PolicyKind, draft: Draft, name: string): DraftRule {
  const key = Math.max(-1, ...draft.rules.map((one) => one.key)) + 1;
  const when = { who: [] };
  const rule: PolicyRule =
    kind === "recording"
      ? { name, action: { do: "record-screen", notice: false }, when }
      : { name, log: {}, when };
  return { key, rule };
}

/** Lines of a text as items. */
export function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

type Items = NonNullable<Criteria["who"]> | NonNullable<Criteria["where"]>;

/** The names of one kind among items such as `{ user: "ana" }`. */
export function named(items: Items | null | undefined, kind: string): string[] {
  return (items ?? []).flatMap((item) =>
    Object.entries(item).flatMap(([key, name]) => (key === kind ? [name as string] : [])),
  );
}
