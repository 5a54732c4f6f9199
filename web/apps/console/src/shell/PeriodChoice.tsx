/** For how many days back a page tells. */
import { ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { type Days, DEFAULT_DAYS, PERIODS_DAYS } from "../app/search";

interface PeriodChoiceProps {
  days: Days;
  /** What is usual is not named. */
  change: (days: Days | undefined) => void;
}

export function PeriodChoice({ days, change }: PeriodChoiceProps) {
  const { t } = useTranslation();
  return (
    <ToggleGroup aria-label={t("period.label")}>
      {PERIODS_DAYS.map((one) => (
        <ToggleGroupItem
          key={one}
          text={t("period.days", { count: one })}
          isSelected={days === one}
          onChange={() => change(one === DEFAULT_DAYS ? undefined : one)}
        />
      ))}
    </ToggleGroup>
  );
}
