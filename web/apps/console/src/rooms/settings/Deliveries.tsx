/** Mails and calls, newest first, and what became of each in words. */
import {
  Content,
  EmptyState,
  EmptyStateBody,
  Label,
  Pagination,
  ToggleGroup,
  ToggleGroupItem,
} from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ComponentProps, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import {
  DELIVERY_PAGE_ROWS,
  type Delivery,
  type DeliveryOutcome,
  deliveriesQuery,
} from "../../api/notifications";
import { mayEnter } from "../../app/access";
import { useLocale } from "../../app/locale";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { Moment } from "../../format/Moment";
import { zoneName } from "../../format/time";

const COLOURS: Record<DeliveryOutcome, ComponentProps<typeof Label>["color"]> = {
  waiting: "blue",
  delivered: "green",
  refused: "red",
  "given-up": "red",
  "not-allowed": "orange",
  "not-set-up": "grey",
};
const OUTCOMES = Object.keys(COLOURS) as DeliveryOutcome[];

export function Deliveries() {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<DeliveryOutcome>();
  const [page, setPage] = useState(1);
  const { data, error, isPending, refetch } = useQuery(deliveriesQuery(outcome, page));
  const show = (wanted: DeliveryOutcome | undefined) => {
    setOutcome(wanted);
    setPage(1);
  };
  return (
    <>
      <Content component="h2">{t("notifications.deliveries")}</Content>
      <ToggleGroup aria-label={t("notifications.outcomes")}>
        {[undefined, ...OUTCOMES].map((one) => (
          <ToggleGroupItem
            key={one ?? "all"}
            text={t(`notifications.outcome.${one ?? "all"}`)}
            isSelected={outcome === one}
            onChange={() => show(one)}
          />
        ))}
      </ToggleGroup>
      {isPending && <Loading label={t("notifications.loadingDeliveries")} />}
      {error && !data && (
        <ErrorState
          what={t("notifications.loadingDeliveries")}
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {data?.total === 0 && (
        <EmptyState headingLevel="h3" titleText={t("notifications.noDeliveries")}>
          <EmptyStateBody>{t("notifications.noDeliveriesBody")}</EmptyStateBody>
        </EmptyState>
      )}
      {data && data.total > 0 && <DeliveryTable items={data.items} />}
      {data && data.total > DELIVERY_PAGE_ROWS && (
        <Pagination
          variant="bottom"
          itemCount={data.total}
          perPage={DELIVERY_PAGE_ROWS}
          perPageOptions={[]}
          page={page}
          onSetPage={(_event, wanted) => setPage(wanted)}
        />
      )}
    </>
  );
}

function DeliveryTable({ items }: { items: readonly Delivery[] }) {
  const { t } = useTranslation();
  const zone = zoneName(useLocale());
  const plays = mayEnter(useMe().roles, "recordings");
  return (
    <Table role="table" aria-label={t("notifications.deliveries")} variant="compact">
      <Thead>
        <Tr>
          <Th modifier="wrap">{t("notifications.column.queued", { zone })}</Th>
          <Th modifier="wrap">{t("notifications.column.to")}</Th>
          <Th modifier="wrap">{t("notifications.column.about")}</Th>
          <Th modifier="wrap">{t("notifications.column.outcome")}</Th>
          <Th modifier="wrap" width={30}>
            {t("notifications.column.words")}
          </Th>
        </Tr>
      </Thead>
      <Tbody>
        {items.map((item) => (
          <Tr key={item.id}>
            <Td dataLabel={t("notifications.column.queued", { zone })} modifier="nowrap">
              <Moment us={item.queued_us} precision="second" />
            </Td>
            <Td dataLabel={t("notifications.column.to")} modifier="breakWord">
              {item.recipient ?? t(`notifications.channel.${item.channel}`)}
            </Td>
            <Td dataLabel={t("notifications.column.about")} modifier="breakWord">
              {item.trigger || item.event}
              <div className="kinescope-aside">{[item.user, item.machine].filter(Boolean).join(" · ")}</div>
              {plays && item.user !== undefined && (
                <Link
                  to="/recordings/$id"
                  params={{ id: item.recording }}
                  search={{ t: item.time_us / 1_000_000 }}
                >
                  {t("notifications.open")}
                </Link>
              )}
            </Td>
            <Td dataLabel={t("notifications.column.outcome")}>
              <Label isCompact color={COLOURS[item.outcome]}>
                {t(`notifications.outcome.${item.outcome}`)}
              </Label>
              {item.attempts > 1 && (
                <div className="kinescope-aside">{t("notifications.attempts", { count: item.attempts })}</div>
              )}
            </Td>
            <Td dataLabel={t("notifications.column.words")} modifier="breakWord">
              {item.words}
              {item.outcome === "waiting" && item.attempts > 0 && (
                <div className="kinescope-aside">
                  {t("notifications.next")} <Moment us={item.at_us} precision="second" />
                </div>
              )}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
