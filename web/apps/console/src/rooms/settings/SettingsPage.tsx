/** Settings of the deployment: mail and webhook, and what became of what was sent. */
import { Alert, Content, PageSection, Stack, StackItem, Title } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notificationsQuery } from "../../api/notifications";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { PageTitle } from "../../shell/PageTitle";
import { Deliveries } from "./Deliveries";
import { NotificationsForm } from "./NotificationsForm";
import { Testing } from "./Testing";

export function SettingsPage() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(notificationsQuery);
  const [saved, setSaved] = useState(false);
  return (
    <PageSection isFilled aria-label={t("room.settings")}>
      <Stack hasGutter>
        <StackItem>
          <PageTitle text={t("room.settings")} />
          <Title headingLevel="h2" size="lg">
            {t("notifications.title")}
          </Title>
          <Content component="p">{t("notifications.intro")}</Content>
        </StackItem>
        {saved && (
          <Alert isInline isLiveRegion variant="success" title={t("notifications.saved")} component="p" />
        )}
        {isPending && <Loading label={t("notifications.loading")} />}
        {error && !data && (
          <ErrorState what={t("notifications.loading")} error={error} onRetry={() => void refetch()} />
        )}
        {data && (
          <>
            {data.left_out > 0 && (
              <Alert
                isInline
                variant="warning"
                title={t("notifications.leftOut", { count: data.left_out })}
                component="p"
              />
            )}
            <StackItem>
              <NotificationsForm
                // Another setting is another form.
                key={JSON.stringify([data.setting, data.has_password, data.has_secret])}
                page={data}
                onSaved={setSaved}
              />
            </StackItem>
            <StackItem>
              <Testing page={data} />
            </StackItem>
            <StackItem>
              <Deliveries />
            </StackItem>
          </>
        )}
      </Stack>
    </PageSection>
  );
}
