/** How users are told that they are recorded: read by those who may read policies, changed by administrators. */
import { Alert, Content, PageSection, Stack, StackItem } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../../api/client";
import { noticesQuery } from "../../../api/notices";
import { mayChangePolicy } from "../../../app/access";
import { ErrorState } from "../../../feedback/ErrorState";
import { Loading } from "../../../feedback/Loading";
import { PageTitle } from "../../../shell/PageTitle";
import { PolicyTabs } from "../Tabs";
import { NoticesForm } from "./NoticesForm";

export function NoticesPage() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(noticesQuery);
  const mayChange = mayChangePolicy(useMe().roles);
  const [saved, setSaved] = useState(false);
  return (
    <PageSection isFilled aria-label={t("notices.title")}>
      <PolicyTabs at="/policies/notices" />
      <Stack hasGutter>
        <StackItem>
          <PageTitle text={t("notices.title")} />
          <Content component="p">{t("notices.intro")}</Content>
        </StackItem>
        {!mayChange && <Alert isInline isPlain variant="info" title={t("policies.readOnly")} component="p" />}
        {saved && <Alert isInline isLiveRegion variant="success" title={t("notices.saved")} component="p" />}
        {isPending && <Loading label={t("notices.loading")} />}
        {error && !data && (
          <ErrorState what={t("notices.failed")} error={error} onRetry={() => void refetch()} />
        )}
        {data && (
          <StackItem>
            <NoticesForm
              // Another setting is another form.
              key={JSON.stringify(data.setting)}
              page={data}
              mayChange={mayChange}
              reload={() => void refetch()}
              onSaved={setSaved}
            />
          </StackItem>
        )}
      </Stack>
    </PageSection>
  );
}
