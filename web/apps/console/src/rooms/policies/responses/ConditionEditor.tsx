/** One condition of a trigger: a field, a test, and what is compared with. */
import { Button, FormSelect, FormSelectOption, TextInput } from "@patternfly/react-core";
import { MinusCircleIcon } from "@patternfly/react-icons";
import { useTranslation } from "react-i18next";
import type { Dimension, EventKind } from "../../../api/eventKinds";
import { type Condition, comparedWith, nameOf, newCondition, TESTS, type TestName, testOf } from "./draft";
import { choiceWords, conditionWords, fieldWords } from "./words";

interface ConditionEditorProps {
  number: number;
  condition: Condition;
  kind: EventKind;
  change: (condition: Condition) => void;
  remove: () => void;
}

export function ConditionEditor({ number, condition, kind, change, remove }: ConditionEditorProps) {
  const { t } = useTranslation();
  const dimension = kind.dimensions.find(({ field }) => field === condition.field);
  const name = nameOf(condition.test);
  return (
    <fieldset className="kinescope-condition" aria-label={t("respond.conditionLabel", { number })}>
      <FormSelect
        aria-label={t("respond.fieldLabel", { number })}
        value={condition.field}
        onChange={(_event, field) => {
          const other = kind.dimensions.find((one) => one.field === field);
          if (other) {
            change(newCondition(other));
          }
        }}
      >
        {kind.dimensions.map(({ field }) => (
          <FormSelectOption key={field} value={field} label={fieldWords(field, t)} />
        ))}
      </FormSelect>
      {dimension && (
        <>
          <FormSelect
            aria-label={t("respond.testLabel", { number })}
            value={name}
            onChange={(_event, other) =>
              change({ ...condition, test: testOf(other as TestName, dimension, condition.test) })
            }
          >
            {TESTS[dimension.values].map((test) => (
              <FormSelectOption key={test} value={test} label={t(`respond.test.${test}`)} />
            ))}
          </FormSelect>
          <Value number={number} condition={condition} dimension={dimension} change={change} />
        </>
      )}
      <Button
        variant="plain"
        icon={<MinusCircleIcon />}
        aria-label={t("respond.removeCondition", { condition: conditionWords(condition, t) })}
        onClick={remove}
      />
    </fieldset>
  );
}

type ValueProps = Omit<ConditionEditorProps, "kind" | "remove"> & { dimension: Dimension };

function Value({ number, condition, dimension, change }: ValueProps) {
  const { t } = useTranslation();
  const { test } = condition;
  const value = comparedWith(test);
  const label = t("respond.valueLabel", { number });
  if ("is" in test) {
    return (
      <FormSelect
        aria-label={label}
        value={test.is}
        onChange={(_event, is) => change({ ...condition, test: { is } })}
      >
        {dimension.words.map((word) => (
          <FormSelectOption key={word} value={word} label={choiceWords(word, t)} />
        ))}
      </FormSelect>
    );
  }
  if ("between" in test) {
    const [from = 0, to = 0] = test.between;
    return (
      <span className="kinescope-between">
        <WholeNumber
          label={t("respond.from", { number })}
          value={from}
          change={(one) => change({ ...condition, test: { between: [one, to] } })}
        />
        –
        <WholeNumber
          label={t("respond.to", { number })}
          value={to}
          change={(one) => change({ ...condition, test: { between: [from, one] } })}
        />
      </span>
    );
  }
  if (typeof value === "number") {
    return (
      <WholeNumber
        label={label}
        value={value}
        change={(one) =>
          change({ ...condition, test: "greater" in test ? { greater: one } : { smaller: one } })
        }
      />
    );
  }
  return (
    <TextInput
      aria-label={label}
      value={String(value)}
      spellCheck={false}
      {...("matches" in test && { placeholder: t("respond.expression") })}
      onChange={(_event, text) =>
        change({ ...condition, test: { [nameOf(test)]: text } as Condition["test"] })
      }
    />
  );
}

function WholeNumber({
  label,
  value,
  change,
}: {
  label: string;
  value: number;
  change: (value: number) => void;
}) {
  return (
    <TextInput
      type="number"
      min={0}
      className="kinescope-clock"
      aria-label={label}
      value={value}
      onChange={(_event, text) => change(Math.max(0, Math.trunc(Number(text)) || 0))}
    />
  );
}
