/** What a rule does in response to events, while it is edited. What says nothing is left out of the document. */
import type { Schemas } from "@kinescope/api-client";
import type { Dimension, EventKind, EventKinds } from "../../../api/eventKinds";
import type { Logging } from "../../../api/policies";

export type Responses = Partial<Schemas["Responses"]>;
export type Trigger = Schemas["Trigger"];
export type Condition = Schemas["Condition"];
export type Test = Schemas["ConditionTest"];
export type Action = Schemas["ResponseAction"];

/** The tests by what a field holds; the first is what a new condition begins with. */
export const TESTS = {
  text: ["includes", "equals", "matches"],
  number: ["greater", "smaller", "between"],
  choice: ["is"],
} as const;
export type TestName = (typeof TESTS)[keyof typeof TESTS][number];

/** Actions that end or interrupt somebody's work; users can be told before. */
export const INTERRUPTING: readonly Action[] = ["lock", "log-off", "disconnect"];

export function isSaid(responses: Responses | undefined): responses is Responses {
  return responses !== undefined && Object.keys(given(responses)).length > 0;
}

/** Without what says what stands there anyway. */
export function given(responses: Responses): Responses {
  const { mail_at_start, mail_to, triggers, pause_seconds, before_seconds, after_minutes, notice_seconds } =
    responses;
  return {
    ...(mail_at_start && { mail_at_start }),
    ...(mail_to && mail_to.length > 0 && { mail_to }),
    ...(triggers && triggers.length > 0 && { triggers }),
    ...(pause_seconds && { pause_seconds }),
    ...(before_seconds !== undefined && before_seconds !== null && { before_seconds }),
    ...(after_minutes !== undefined && after_minutes !== null && { after_minutes }),
    ...(notice_seconds && { notice_seconds }),
  };
}

export function nameOf(test: Test): TestName {
  return Object.keys(test)[0] as TestName;
}

/** What is compared with: a text, a number, or two. */
export function comparedWith(test: Test): string | number | readonly number[] {
  return Object.values(test)[0] as string | number | number[];
}

/** A test with what was entered for another one, as far as it fits. */
export function testOf(name: TestName, dimension: Dimension, before?: Test): Test {
  const was = before && comparedWith(before);
  const text = typeof was === "string" ? was : "";
  const [first, second] = Array.isArray(was) ? was : [typeof was === "number" ? was : 0, undefined];
  switch (name) {
    case "includes":
      return { includes: text };
    case "equals":
      return { equals: text };
    case "matches":
      return { matches: text };
    case "is":
      return { is: dimension.words.includes(text) ? text : (dimension.words[0] ?? "") };
    case "greater":
      return { greater: first ?? 0 };
    case "smaller":
      return { smaller: first ?? 0 };
    case "between":
      return { between: [first ?? 0, second ?? first ?? 0] };
  }
}

export function newCondition(dimension: Dimension): Condition {
  return { field: dimension.field, test: testOf(TESTS[dimension.values][0], dimension) };
}

/** A trigger for another kind of event keeps the conditions that make sense there. */
export function withEvent(trigger: Trigger, kind: EventKind): Trigger {
  const fits = ({ field, test }: Condition) =>
    kind.dimensions.some(
      (one) => one.field === field && (TESTS[one.values] as readonly TestName[]).includes(nameOf(test)),
    );
  return { ...trigger, event: kind.name, conditions: (trigger.conditions ?? []).filter(fits) };
}

/** The field of what is logged that a trigger waits for in vain, if there is one. */
export function notLogged(trigger: Trigger, log: Logging, kinds: EventKinds | undefined): string | undefined {
  const needed = kinds?.items.find(({ name }) => name === trigger.event)?.logged_by;
  const said = needed && (log as Record<string, unknown>)[needed];
  return needed && (!said || (Array.isArray(said) && said.length === 0)) ? needed : undefined;
}

/** Where the server's words say that something is wrong: `Rule “R”: trigger “Payroll”: …`. */
export interface Refusal {
  rule: string;
  /** The trigger's description, where it is about one. */
  trigger?: string | undefined;
  /** What is wrong. */
  what: string;
}

export function refusalOf(message: string): Refusal | undefined {
  const [, rule, rest = ""] = /^rule (?:\d+ )?“(.*?)”(?::|, [a-z][^:]*:) (.*)$/is.exec(message) ?? [];
  if (rule === undefined) {
    return undefined;
  }
  const [, trigger, what] = /^trigger “(.*?)”: (.*)$/s.exec(rest) ?? [];
  return { rule, trigger, what: what ?? rest };
}
