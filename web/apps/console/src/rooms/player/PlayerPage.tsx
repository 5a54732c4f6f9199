/** Playing one recording: the player, and beside it what is known of the session, or what happened in it. */
import {
  Breadcrumb,
  BreadcrumbItem,
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  PageSection,
  ToggleGroup,
  ToggleGroupItem,
} from "@patternfly/react-core";
import { InfoCircleIcon, ListIcon, SearchIcon } from "@patternfly/react-icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/problem";
import { type Recording, recordingQuery, sessionRecordingsQuery } from "../../api/recordings";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { PageTitle } from "../../shell/PageTitle";
import { useKey } from "../../shell/useKey";
import { StateLabel } from "../recordings/StateLabel";
import { Details } from "./Details";
import { EventsOnly, useEventsOnly } from "./EventsOnly";
import { EventsPanel } from "./events/EventsPanel";
import type { Player } from "./events/place";
import { SessionFiles } from "./SessionFiles";
import { Stage } from "./Stage";

export default function PlayerPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/session/recordings/$id" });
  const recording = useQuery(recordingQuery(id));
  if (recording.data) {
    // Another recording is another player: nothing of the first may be left on the stage.
    return <Playing key={id} recording={recording.data} />;
  }
  if (recording.error instanceof ApiError && recording.error.status === 404) {
    return <NoSuchRecording id={id} />;
  }
  return (
    <PageSection isFilled>
      {recording.error ? (
        <ErrorState
          what={t("player.failed")}
          error={recording.error}
          onRetry={() => void recording.refetch()}
        />
      ) : (
        <Loading label={t("player.loading")} />
      )}
    </PageSection>
  );
}

function Playing({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const [player, setPlayer] = useState<Player | null>(null);
  const eventsOnly = useEventsOnly(recording);
  const [panel, toggle] = usePanel(eventsOnly);
  const files = useQuery(sessionRecordingsQuery(recording.id)).data?.items ?? [];
  const next = files[files.findIndex((file) => file.id === recording.id) + 1]?.id;
  const title = t("player.title", { user: recording.user, machine: recording.machine });

  return (
    <PageSection
      isFilled
      padding={{ default: "noPadding" }}
      className="kinescope-player-page"
      aria-label={title}
    >
      <header className="kinescope-player-head">
        <Breadcrumb aria-label={t("player.breadcrumb")}>
          <BreadcrumbItem
            render={({ className }) => (
              <Link to="/recordings" className={className}>
                {t("recordings.title")}
              </Link>
            )}
          />
          <BreadcrumbItem isActive>{title}</BreadcrumbItem>
        </Breadcrumb>
        <PageTitle text={title} hidden />
        <StateLabel state={recording.state} notices={recording.notices} />
        <PanelChoice panel={panel} toggle={toggle} eventsOnly={eventsOnly} />
      </header>
      <div className="kinescope-player-body">
        <div className="kinescope-player-stage">
          {eventsOnly ? (
            <EventsOnly recording={recording} />
          ) : (
            <Stage recording={recording} title={title} next={next} onPlayer={setPlayer} />
          )}
          {files.length > 1 && <SessionFiles files={files} current={recording.id} />}
        </div>
        {panel === "details" && <Details recording={recording} />}
        {panel === "events" && <EventsPanel recording={recording} player={player} />}
      </div>
    </PageSection>
  );
}

type Panel = "details" | "events";

/** What is beside the player, and how that is changed: what is open closes. Where events are all there is, they are not beside it. */
function usePanel(eventsOnly: boolean): [Panel | "off", (panel: Panel) => void] {
  const { panel: asked } = useSearch({ from: "/session/recordings/$id" });
  const navigate = useNavigate({ from: "/recordings/$id" });
  const panel = asked === "off" ? "off" : asked === "events" && !eventsOnly ? "events" : "details";
  const toggle = (wanted: Panel) => {
    const next = panel === wanted ? "off" : wanted === "events" ? "events" : undefined;
    void navigate({ search: (before) => ({ ...before, panel: next }), replace: true });
  };
  useKey("d", () => toggle("details"));
  useKey("e", () => {
    if (!eventsOnly) {
      toggle("events");
    }
  });
  return [panel, toggle];
}

interface PanelChoiceProps {
  panel: Panel | "off";
  toggle: (panel: Panel) => void;
  eventsOnly: boolean;
}

function PanelChoice({ panel, toggle, eventsOnly }: PanelChoiceProps) {
  const { t } = useTranslation();
  return (
    <ToggleGroup aria-label={t("player.panel")}>
      <ToggleGroupItem
        icon={<InfoCircleIcon />}
        text={t("player.details")}
        isSelected={panel === "details"}
        title={`${t(panel === "details" ? "player.hideDetails" : "player.showDetails")} (d)`}
        onChange={() => toggle("details")}
      />
      {!eventsOnly && (
        <ToggleGroupItem
          icon={<ListIcon />}
          text={t("events.title")}
          isSelected={panel === "events"}
          title={`${t(panel === "events" ? "events.hide" : "events.show")} (e)`}
          onChange={() => toggle("events")}
        />
      )}
    </ToggleGroup>
  );
}

function NoSuchRecording({ id }: { id: string }) {
  const { t } = useTranslation();
  const title = t("player.notFoundTitle");
  return (
    <PageSection isFilled>
      <PageTitle text={title} hidden />
      <EmptyState headingLevel="h2" icon={SearchIcon} titleText={title}>
        <EmptyStateBody>{t("player.notFoundBody", { id })}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button component={(props) => <Link {...props} to="/recordings" />}>{t("player.back")}</Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </PageSection>
  );
}
