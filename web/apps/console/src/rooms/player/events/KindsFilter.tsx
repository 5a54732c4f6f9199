/** Kinds of events to choose from, in words. */
import {
  Badge,
  MenuToggle,
  type MenuToggleElement,
  Select,
  SelectList,
  SelectOption,
} from "@patternfly/react-core";
import { type Ref, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../../app/locale";
import { wordOfKind } from "./words";

interface KindsFilterProps {
  chosen: readonly string[];
  change: (kinds: string[]) => void;
  /** What is offered; how many there are of each is said where that is known. */
  kinds: readonly { kind: string; count?: number }[];
}

export function KindsFilter({ chosen, change, kinds }: KindsFilterProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [open, setOpen] = useState(false);
  const [only] = chosen;
  const words =
    only === undefined
      ? t("events.allKinds")
      : chosen.length === 1
        ? wordOfKind(only, t)
        : t("events.someKinds", { count: chosen.length });
  const toggle = (ref: Ref<MenuToggleElement>) => (
    <MenuToggle
      ref={ref}
      isExpanded={open}
      isFullWidth
      isDisabled={kinds.length === 0 && chosen.length === 0}
      onClick={() => setOpen(!open)}
      aria-label={t("events.kindsLabel", { words })}
    >
      <bdi>{words}</bdi>
    </MenuToggle>
  );
  return (
    <Select
      role="menu"
      isOpen={open}
      onOpenChange={setOpen}
      toggle={toggle}
      selected={[...chosen]}
      onSelect={(_event, value) => {
        const kind = String(value);
        change(chosen.includes(kind) ? chosen.filter((one) => one !== kind) : [...chosen, kind]);
      }}
      isScrollable
      maxMenuHeight="20rem"
    >
      <SelectList aria-label={t("events.kinds")}>
        {kinds.map(({ kind, count }) => (
          <SelectOption key={kind} value={kind} hasCheckbox isSelected={chosen.includes(kind)}>
            <bdi>{wordOfKind(kind, t)}</bdi>
            {count !== undefined && (
              <>
                {" "}
                <Badge isRead screenReaderText={t("events.events", { count })}>
                  {new Intl.NumberFormat(locale).format(count)}
                </Badge>
              </>
            )}
          </SelectOption>
        ))}
      </SelectList>
    </Select>
  );
}
