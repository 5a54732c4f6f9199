/** Playing one recording: the player, and beside it what is known of the session. */
import {
  Breadcrumb,
  BreadcrumbItem,
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  PageSection,
} from "@patternfly/react-core";
import { InfoCircleIcon, SearchIcon } from "@patternfly/react-icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
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
  const search = useSearch({ from: "/session/recordings/$id" });
  const navigate = useNavigate({ from: "/recordings/$id" });
  const open = search.details !== "off";
  const toggle = () => {
    void navigate({ search: (before) => ({ ...before, details: open ? "off" : undefined }), replace: true });
  };
  useKey("d", toggle);
  const events = useEventsOnly(recording);
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
        <Button
          variant="plain"
          icon={<InfoCircleIcon />}
          aria-expanded={open}
          aria-controls="details"
          title={`${t(open ? "player.hideDetails" : "player.showDetails")} (d)`}
          onClick={toggle}
        >
          {t("player.details")}
        </Button>
      </header>
      <div className="kinescope-player-body">
        <div className="kinescope-player-stage">
          {events ? (
            <EventsOnly events={events} title={title} />
          ) : (
            <Stage recording={recording} title={title} next={next} />
          )}
          {files.length > 1 && <SessionFiles files={files} current={recording.id} />}
        </div>
        {open && <Details recording={recording} />}
      </div>
    </PageSection>
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
