/** Above the list of events: words to look for, and kinds to choose from. */
import { useTranslation } from "react-i18next";
import { SearchField } from "../../../shell/SearchField";
import type { EventFilter, KindCount } from "./events";
import { KindsFilter } from "./KindsFilter";

interface EventFiltersProps {
  filter: EventFilter;
  change: (change: Partial<EventFilter>) => void;
  kinds: readonly KindCount[];
}

export function EventFilters({ filter, change, kinds }: EventFiltersProps) {
  const { t } = useTranslation();
  return (
    <div className="kinescope-event-filters">
      <SearchField
        text={filter.text}
        change={(text) => change({ text })}
        placeholder={t("events.search")}
        label={t("events.search")}
      />
      <KindsFilter chosen={filter.kinds} change={(chosen) => change({ kinds: chosen })} kinds={kinds} />
    </div>
  );
}
