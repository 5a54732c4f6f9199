/** The filter line. Everything in it stands in the address. */
import {
  Button,
  TextInput,
  ToggleGroup,
  ToggleGroupItem,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { ListIcon } from "@patternfly/react-icons";
import { useTranslation } from "react-i18next";
import type { RecordingsSearch } from "../../app/search";
import { SearchField } from "../../shell/SearchField";
import { SEALED } from "../player/events/events";
import { KindsFilter } from "../player/events/KindsFilter";
import { readKinds, writeKinds } from "../player/events/kinds";
import { KINDS } from "../player/events/words";

const STATES = [
  [undefined, "stateAll"],
  ["live", "stateLive"],
  ["finished", "stateFinished"],
] as const;

interface FiltersProps {
  search: RecordingsSearch;
  change: (change: Partial<RecordingsSearch>) => void;
}

export function isFiltered({ text, from, to, state, kind, ...search }: RecordingsSearch): boolean {
  return findsEvents(search) || [text, from, to, state, kind].some((field) => field !== undefined);
}

/** Whether recordings are looked for by what happened in them. */
export function findsEvents({ find, kinds }: RecordingsSearch): boolean {
  return find !== undefined || kinds !== undefined;
}

export const NO_FILTER = {
  text: undefined,
  from: undefined,
  to: undefined,
  state: undefined,
  kind: undefined,
  find: undefined,
  kinds: undefined,
} as const;

/** Kinds that are offered: sealed events have none that could be looked for, and figures of performance are in no index. */
const OFFERED = KINDS.filter((kind) => kind !== SEALED && kind !== "performance");

export function Filters({ search, change }: FiltersProps) {
  const { t } = useTranslation();
  return (
    <Toolbar
      aria-label={t("recordings.searchShort")}
      className="kinescope-filters"
      inset={{ default: "insetNone" }}
    >
      <ToolbarContent alignItems="center">
        <ToolbarItem className="kinescope-search">
          <SearchField
            text={search.text ?? ""}
            change={(text) => change({ text: text === "" ? undefined : text })}
            placeholder={t("recordings.search")}
            label={t("recordings.searchShort")}
          />
        </ToolbarItem>
        <ToolbarItem className="kinescope-search">
          <SearchField
            text={search.find ?? ""}
            change={(text) => change({ find: text === "" ? undefined : text })}
            placeholder={t("recordings.searchEvents")}
            label={t("recordings.searchEventsShort")}
            leads="e"
          />
        </ToolbarItem>
        <ToolbarItem className="kinescope-kinds">
          <EventKinds search={search} change={change} />
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

function EventKinds({ search, change }: FiltersProps) {
  const chosen = readKinds(search.kinds);
  const others = chosen.filter((kind) => !OFFERED.some((offered) => offered === kind));
  return (
    <KindsFilter
      chosen={chosen}
      change={(kinds) => change({ kinds: writeKinds(kinds) })}
      kinds={[...OFFERED, ...others].map((kind) => ({ kind }))}
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
