/** Responses as sentences. Names of kinds and fields that the server has and this console does not know stand as they are. */
import type { TFunction } from "i18next";
import en from "../../../locales/en.json";
import { wordOfKind } from "../../player/events/words";
import { type Action, type Condition, comparedWith, nameOf, type Responses, type Trigger } from "./draft";

/** What has to happen, as a clause. */
function whenWords(event: string, t: TFunction): string {
  return Object.hasOwn(en.respond.event, event)
    ? t(`respond.event.${event as keyof typeof en.respond.event}`)
    : t("respond.otherEvent", { kind: wordOfKind(event, t) });
}

export function fieldWords(field: string, t: TFunction): string {
  return Object.hasOwn(en.respond.field, field)
    ? t(`respond.field.${field as keyof typeof en.respond.field}`)
    : field.replaceAll("_", " ");
}

export function actionWords(action: Action, t: TFunction): string {
  return Object.hasOwn(en.respond.action, action) ? t(`respond.action.${action}`) : action;
}

/** A word of a choice. */
export function choiceWords(word: string, t: TFunction): string {
  return Object.hasOwn(en.respond.word, word)
    ? t(`respond.word.${word as keyof typeof en.respond.word}`)
    : word;
}

export function conditionWords({ field, test }: Condition, t: TFunction): string {
  const value = comparedWith(test);
  const name = nameOf(test);
  const said = name === "is" ? choiceWords(String(value), t) : value === "" ? "…" : String(value);
  const [from, to] = Array.isArray(value) ? value : [];
  return t(`respond.condition.${name}`, { field: fieldWords(field, t), value: said, from, to });
}

/** When something happens, something is done. */
export function triggerWords(trigger: Trigger, t: TFunction, language: string): string {
  const and = new Intl.ListFormat(language, { type: "conjunction" });
  const happens = [
    whenWords(trigger.event, t),
    ...(trigger.conditions ?? []).map((one) => conditionWords(one, t)),
  ];
  const done = trigger.actions.map((action) => actionWords(action, t));
  return done.length > 0
    ? t("respond.sentence", { happens: and.format(happens), done: and.format(done) })
    : t("respond.sentenceUndone", { happens: and.format(happens) });
}

/** Everything besides the triggers that is said, a sentence each. */
export function moreWords(responses: Responses, t: TFunction, language: string): string[] {
  const and = new Intl.ListFormat(language, { type: "conjunction" });
  const { mail_at_start, mail_to = [], triggers = [], pause_seconds = 0, notice_seconds = 0 } = responses;
  const does = (wanted: readonly Action[]) =>
    triggers.some(({ actions }) => actions.some((action) => wanted.includes(action)));
  const { after_minutes: after, before_seconds: before } = responses;
  return [
    ...(mail_at_start ? [t("respond.mailAtStart")] : []),
    ...(mail_to.length > 0 ? [t("respond.mailTo", { people: and.format(mail_to) })] : []),
    ...(pause_seconds > 0 ? [t("respond.pause", { count: pause_seconds })] : []),
    ...(does(["record-screen"])
      ? [
          after ? t("respond.screenUntil", { count: after }) : t("respond.screen"),
          ...(before ? [t("respond.screenBefore", { count: before })] : []),
        ]
      : []),
    ...(does(["lock", "log-off", "disconnect"]) && notice_seconds > 0
      ? [t("respond.notice", { count: notice_seconds })]
      : []),
  ];
}
