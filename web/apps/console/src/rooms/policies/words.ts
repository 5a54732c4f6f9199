/** Parts of rules in words. */
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Criteria, Logging, RecordingRule } from "../../api/policies";
import { type Condition, DAYS, type Hours, named } from "./draft";
import { logWords } from "./logging/fields";

type Indicator = NonNullable<Extract<RecordingRule["action"], { do: "record-events" }>["indicator"]>;

export interface Words {
  action: (action: RecordingRule["action"]) => string;
  log: (log: Logging) => string;
  condition: (name: Condition, when: Criteria) => string;
  /** A condition before anything is entered. */
  empty: (name: Condition) => NonNullable<Criteria[Condition]>;
}

export function useWords(): Words {
  const { t, i18n } = useTranslation();
  // A list that reads as one: "ana, bob or the group staff".
  const list = new Intl.ListFormat(i18n.language, { type: "disjunction" });
  const either = (items: string[]) => (items.length > 0 ? list.format(items) : t("rule.nothingYet"));
  return {
    action: (action) => actionWords(action, t),
    log: (log) => logWords(log, t, i18n.language),
    condition: (name, when) => {
      switch (name) {
        case "who":
          return either([
            ...named(when.who, "user"),
            ...named(when.who, "group").map((group) => t("rule.group", { group })),
          ]);
        case "where":
          return either([
            ...named(when.where, "machine"),
            ...named(when.where, "delivery_group").map((group) => t("rule.deliveryGroup", { group })),
          ]);
        case "opened":
          return either(when.opened ?? []);
        case "client":
          return either(when.client ?? []);
        case "tags":
          return either(when.tags ?? []);
        case "time":
          return either((when.time ?? []).map((hours) => hoursWords(hours, t)));
      }
    },
    empty: (name) =>
      name === "time" ? [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "18:00" }] : [],
  };
}

export function actionWords(action: RecordingRule["action"], t: TFunction): string {
  switch (action.do) {
    case "do-not-record":
      return t("rule.doNotRecord");
    case "record-events":
      return signWords(
        t(action.notice ? "rule.eventsWithNotice" : "rule.eventsWithoutNotice"),
        action.indicator,
        t,
      );
    case "record-screen": {
      const record = signWords(
        t(action.notice ? "rule.recordWithNotice" : "rule.recordWithoutNotice"),
        action.indicator,
        t,
      );
      const hidden = action.hide ?? [];
      const hiding = hidden.length > 0 ? t("rule.hiding", { record, programs: hidden.join(", ") }) : record;
      const answer = action.if_disturbed ?? "continue";
      return answer === "continue" ? hiding : t(`rule.answering.${answer}`, { record: hiding });
    }
  }
}

/** What is said of the sign in the session, if anything. */
function signWords(record: string, indicator: Indicator | undefined, t: TFunction): string {
  return indicator ? t(`rule.signed.${indicator}`, { record }) : record;
}

function hoursWords({ days, from, to }: Hours, t: TFunction): string {
  const names = DAYS.filter((day) => days.includes(day)).map((day) => t(`rule.day.${day}`));
  return t("rule.hours", { days: names.join(", "), from, to });
}
