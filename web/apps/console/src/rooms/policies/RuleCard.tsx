/** A rule as a sentence; each underlined part opens its editor below. */
import { Alert, Button, Card, CardBody, Content, Flex } from "@patternfly/react-core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PolicyRule } from "../../api/policies";
import { CONDITIONS, type Condition } from "./draft";
import { PartEditor } from "./parts";
import { isSaid, type Refusal } from "./responses/draft";
import { Sentences } from "./responses/Sentences";
import { useWords } from "./words";

export type Part = "name" | "action" | "log" | "respond" | Condition;

interface RuleCardProps {
  rule: PolicyRule;
  /** Absent for who may only read. */
  change?: ((rule: PolicyRule) => void) | undefined;
  remove?: (() => void) | undefined;
  /** A rule that was just added shows its first condition. */
  startsOpen?: boolean;
  /** Why the server did not take it. */
  refusal?: Refusal | undefined;
}

export function RuleCard({ rule, change, remove, startsOpen = false, refusal }: RuleCardProps) {
  const { t } = useTranslation();
  const words = useWords();
  const [open, setOpen] = useState<Part | undefined>(startsOpen ? "who" : undefined);
  // What a trigger waits for, to be chosen among what is logged.
  const [field, setField] = useState<string>();
  const editor = useId();
  const used = CONDITIONS.filter((name) => rule.when[name]);
  const unused = CONDITIONS.filter((name) => !rule.when[name]);
  const part = (name: Part, text: string) =>
    change ? (
      <Button
        variant="link"
        isInline
        className="kinescope-part"
        aria-expanded={open === name}
        aria-controls={editor}
        onClick={() => {
          setField(undefined);
          setOpen(open === name ? undefined : name);
        }}
      >
        {text}
      </Button>
    ) : (
      <strong>{text}</strong>
    );
  const without = (name: Condition) => {
    const { [name]: _gone, ...when } = rule.when;
    change?.({ ...rule, when });
    setOpen(undefined);
  };
  const add = (name: Condition) => {
    change?.({ ...rule, when: { ...rule.when, [name]: words.empty(name) } });
    setOpen(name);
  };
  return (
    <Card isCompact component="section" aria-label={t("rule.label", { rule: rule.name })}>
      <CardBody>
        <p className="kinescope-sentence">
          {part("name", rule.name || t("rule.unnamed"))}:{" "}
          {"log" in rule ? part("log", words.log(rule.log)) : part("action", words.action(rule.action))}{" "}
          {used.length === 0 && <em>{t("rule.noCondition")}</em>}
          {used.map((name, at) => (
            <span key={name}>
              {t(at === 0 ? "rule.when" : "rule.and")} {t(`rule.subject.${name}`)}{" "}
              {part(name, words.condition(name, rule.when))}{" "}
            </span>
          ))}
        </p>
        {"log" in rule && isSaid(rule.respond) && (
          <div className="kinescope-sentence">
            <Sentences responses={rule.respond} />
            {change && part("respond", t("respond.change"))}
          </div>
        )}
        {refusal && !(open === "respond" && refusal.trigger !== undefined) && (
          <Alert isInline variant="danger" title={t("respond.refused")} component="p">
            {refusal.trigger ? `${refusal.trigger}: ${refusal.what}` : refusal.what}
          </Alert>
        )}
        {change && (
          <div id={editor}>
            {open && (
              <PartEditor
                part={open}
                rule={rule}
                change={change}
                close={() => setOpen(undefined)}
                refusal={refusal}
                field={field}
                showLog={(wanted) => {
                  setField(wanted);
                  setOpen("log");
                }}
                {...(isCondition(open) && { without: () => without(open) })}
              />
            )}
          </div>
        )}
        {change && (
          <Flex className="kinescope-rule-actions">
            {unused.map((name) => (
              <Button key={name} size="sm" variant="link" isInline onClick={() => add(name)}>
                {t("rule.add", { condition: t(`rule.conditionName.${name}`) })}
              </Button>
            ))}
            {"log" in rule && !isSaid(rule.respond) && (
              <Button size="sm" variant="link" isInline onClick={() => setOpen("respond")}>
                {t("rule.respondAdd")}
              </Button>
            )}
            <Button
              size="sm"
              variant="link"
              isInline
              isDanger
              onClick={remove}
              aria-label={t("rule.removeLabel", { rule: rule.name })}
            >
              {t("rule.remove")}
            </Button>
          </Flex>
        )}
        {"action" in rule && rule.user_may_start && <Content component="p">{t("rule.userMayStart")}</Content>}
      </CardBody>
    </Card>
  );
}

function isCondition(part: Part): part is Condition {
  return (CONDITIONS as readonly string[]).includes(part);
}
