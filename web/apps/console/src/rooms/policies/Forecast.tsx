/** What activating a policy would change, before it is done: for sessions that run now and for those of the last days. */
import { Alert, Content, ExpandableSection, List, ListItem } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type ForecastAnswer, type ForecastGroup, forecastQuery, type Policy } from "../../api/policies";
import { useLocale } from "../../app/locale";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { Moment } from "../../format/Moment";
import { toDate } from "../../format/time";

/** As the interface names them in counts, and in changes. */
const KINDS = [
  ["screen_with_notice", "screen-with-notice"],
  ["screen", "screen"],
  ["events_with_notice", "events-with-notice"],
  ["events", "events"],
  ["nothing", "nothing"],
] as const;

export function Forecast({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  const forecast = useQuery(forecastQuery(policy));
  if (forecast.isError) {
    return (
      <ErrorState
        what={t("forecast.asking")}
        error={forecast.error}
        onRetry={() => void forecast.refetch()}
      />
    );
  }
  return (
    <section aria-live="polite" aria-busy={forecast.isPending} className="kinescope-forecast">
      <Content component="h2">{t("forecast.title")}</Content>
      {forecast.data ? <Answer forecast={forecast.data} /> : <Loading label={t("forecast.loading")} />}
    </section>
  );
}

function Answer({ forecast }: { forecast: ForecastAnswer }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { running, past } = forecast;
  if (running.sessions + past.sessions === 0) {
    return <Content component="p">{t("forecast.unknown")}</Content>;
  }
  const known = forecast.known_since_us ?? forecast.from_us;
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const since = days.format(toDate(Math.max(known, forecast.from_us)));
  return (
    <>
      <Numbers running={running} past={past} since={since} />
      {running.changes.length + past.changes.length === 0 && (
        <Content component="p">{t("forecast.same")}</Content>
      )}
      <Changes name="running" group={running} />
      <Changes name="past" group={past} />
      {forecast.running_unknown > 0 && (
        <Alert
          isInline
          isPlain
          variant="info"
          title={t("forecast.runningUnknown", { count: forecast.running_unknown })}
        />
      )}
      {forecast.newest_only && (
        <Alert isInline isPlain variant="info" title={t("forecast.newestOnly", { count: past.sessions })} />
      )}
    </>
  );
}

function Numbers({ running, past, since }: { running: ForecastGroup; past: ForecastGroup; since: string }) {
  const { t } = useTranslation();
  const numbers = new Intl.NumberFormat(useLocale());
  const shown = KINDS.filter(([kind]) =>
    [running.active, running.other, past.active, past.other].some((counts) => counts[kind] > 0),
  );
  return (
    <Table role="table" variant="compact" aria-label={t("forecast.title")} gridBreakPoint="">
      <Thead hasNestedHeader>
        <Tr>
          <Th screenReaderText={t("forecast.kindColumn")} />
          <Th colSpan={2} hasRightBorder modifier="wrap">
            {t("forecast.running", { count: running.sessions, formatted: numbers.format(running.sessions) })}
          </Th>
          <Th colSpan={2} modifier="wrap">
            {t("forecast.past", { count: past.sessions, formatted: numbers.format(past.sessions), since })}
          </Th>
        </Tr>
        <Tr>
          <Th isSubheader screenReaderText={t("forecast.kindColumn")} />
          {["running", "past"].map((group) =>
            (["now", "later"] as const).map((when) => (
              <Th key={group + when} isSubheader hasRightBorder={group === "running" && when === "later"}>
                {t(`forecast.${when}`)}
              </Th>
            )),
          )}
        </Tr>
      </Thead>
      <Tbody>
        {shown.map(([kind, word]) => (
          <Tr key={kind}>
            <Th scope="row">{t(`forecast.kind.${word}`)}</Th>
            {[running, past].map((group, index) => (
              <Pair
                key={index === 0 ? "running" : "past"}
                now={group.active[kind]}
                later={group.other[kind]}
              />
            ))}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** What changes stands out by its weight, too. */
function Pair({ now, later }: { now: number; later: number }) {
  const numbers = new Intl.NumberFormat(useLocale());
  return (
    <>
      <Td>{numbers.format(now)}</Td>
      <Td>{now === later ? numbers.format(later) : <strong>{numbers.format(later)}</strong>}</Td>
    </>
  );
}

function Changes({ name, group }: { name: "running" | "past"; group: ForecastGroup }) {
  const { t } = useTranslation();
  if (group.changes.length === 0) {
    return null;
  }
  return (
    <>
      <Content component="h3">{t(`forecast.changes.${name}`)}</Content>
      {group.changes.map(({ from, to, sessions, examples }) => (
        <ExpandableSection
          key={`${from} ${to}`}
          toggleText={t("forecast.change", {
            count: sessions,
            from: t(`forecast.kind.${from}`),
            to: t(`forecast.kind.${to}`),
          })}
        >
          <List isPlain>
            {examples.map((example) => (
              <ListItem key={`${example.user} ${example.machine} ${example.began_us}`}>
                <strong>{t("forecast.example", { user: example.user, machine: example.machine })}</strong>,{" "}
                <Moment us={example.began_us} precision="minute" zone />
                <div className="kinescope-aside">
                  {t("forecast.reasonNow", { reason: example.reason_active })}
                  <br />
                  {t("forecast.reasonLater", { reason: example.reason_other })}
                </div>
              </ListItem>
            ))}
          </List>
          {sessions > examples.length && (
            <Content component="p">{t("forecast.more", { count: sessions - examples.length })}</Content>
          )}
        </ExpandableSection>
      ))}
    </>
  );
}
