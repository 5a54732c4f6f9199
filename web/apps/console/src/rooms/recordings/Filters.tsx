/** The filter line. Everything in it stands in the address. */
import {
  Button,
  SearchInput,
  TextInput,
  ToggleGroup,
  ToggleGroupItem,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { ListIcon } from "@patternfly/react-icons";
import { type Ref, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RecordingsSearch } from "../../app/search";

/** Typing faster than this asks the server once. */
const TYPING_MS = 250;

const STATES = [
  [undefined, "stateAll"],
  ["live", "stateLive"],
  ["finished", "stateFinished"],
] as const;

interface FiltersProps {
  search: RecordingsSearch;
  change: (change: Partial<RecordingsSearch>) => void;
  searchField: Ref<HTMLInputElement>;
}

export function isFiltered({ text, from, to, state, kind }: RecordingsSearch): boolean {
  return [text, from, to, state, kind].some((field) => field !== undefined);
}

export const NO_FILTER = {
  text: undefined,
  from: undefined,
  to: undefined,
  state: undefined,
  kind: undefined,
} as const;

export function Filters({ search, change, searchField }: FiltersProps) {
  const { t } = useTranslation();
  return (
    <Toolbar
      aria-label={t("recordings.searchShort")}
      className="kinescope-filters"
      inset={{ default: "insetNone" }}
    >
      <ToolbarContent alignItems="center">
        <ToolbarItem className="kinescope-search">
          <TextFilter text={search.text ?? ""} change={(text) => change({ text })} field={searchField} />
        </ToolbarItem>
        <ToolbarItem>
          <ToggleGroup aria-label={t("recordings.state")}>
            {STATES.map(([state, text]) => (
              <ToggleGroupItem
                key={text}
                text={t(`recordings.${text}`)}
                isSelected={search.state === state}
                onChange={() => change({ state })}
              />
            ))}
          </ToggleGroup>
        </ToolbarItem>
        <ToolbarItem>
          <ToggleGroup aria-label={t("recordings.kind")}>
            <ToggleGroupItem
              icon={<ListIcon />}
              text={t("recordings.eventsOnly")}
              isSelected={search.kind === "events"}
              onChange={(_event, chosen) => change({ kind: chosen ? "events" : undefined })}
            />
          </ToggleGroup>
        </ToolbarItem>
        <ToolbarGroup>
          <DayFilter name="from" day={search.from} change={(from) => change({ from })} />
          <DayFilter name="to" day={search.to} change={(to) => change({ to })} />
        </ToolbarGroup>
        {isFiltered(search) && (
          <ToolbarItem>
            <Button variant="link" isInline onClick={() => change(NO_FILTER)}>
              {t("action.clearFilters")}
            </Button>
          </ToolbarItem>
        )}
      </ToolbarContent>
    </Toolbar>
  );
}

interface TextFilterProps {
  text: string;
  change: (text: string | undefined) => void;
  field: Ref<HTMLInputElement>;
}

function TextFilter({ text, change, field }: TextFilterProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(text);
  // The address can change without this field: back, a link, "clear filters".
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) {
      return;
    }
    const timer = setTimeout(() => change(typed.trim() === "" ? undefined : typed), TYPING_MS);
    return () => clearTimeout(timer);
  });
  return (
    <SearchInput
      ref={field}
      value={typed}
      placeholder={t("recordings.search")}
      aria-label={t("recordings.searchShort")}
      onChange={(_event, value) => setTyped(value)}
      onClear={() => {
        setTyped("");
        change(undefined);
      }}
      {...{ maxLength: 256 }}
    />
  );
}

interface DayFilterProps {
  name: "from" | "to";
  day: string | undefined;
  change: (day: string | undefined) => void;
}

function DayFilter({ name, day, change }: DayFilterProps) {
  const { t } = useTranslation();
  const id = `recordings-${name}`;
  return (
    <ToolbarItem className="kinescope-day">
      <label htmlFor={id}>{t(`recordings.${name}`)}</label>
      <TextInput
        id={id}
        type="date"
        value={day ?? ""}
        onChange={(_event, value) => change(value === "" ? undefined : value)}
      />
    </ToolbarItem>
  );
}
