/** Sends a mail or calls the webhook as a test, as both are kept, and says what was answered. */
import { ActionList, ActionListItem, Alert, Button, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type NotificationPage, useTestNotifications } from "../../api/notifications";
import { ErrorState } from "../../feedback/ErrorState";

export function Testing({ page: { setting } }: { page: NotificationPage }) {
  const { t } = useTranslation();
  const [to, setTo] = useState("");
  const test = useTestNotifications();
  if (!setting.mail && !setting.webhook) {
    return null;
  }
  return (
    <>
      <ActionList>
        {setting.mail && (
          <>
            <ActionListItem>
              <TextInput
                type="email"
                aria-label={t("notifications.testAddress")}
                placeholder={t("notifications.testAddress")}
                value={to}
                onChange={(_event, typed) => setTo(typed)}
              />
            </ActionListItem>
            <ActionListItem>
              <Button
                variant="secondary"
                isDisabled={test.isPending || !to.includes("@")}
                onClick={() => test.mutate({ mail_to: to.trim(), webhook: false })}
              >
                {t("notifications.testMail")}
              </Button>
            </ActionListItem>
          </>
        )}
        {setting.webhook && (
          <ActionListItem>
            <Button
              variant="secondary"
              isDisabled={test.isPending}
              onClick={() => test.mutate({ webhook: true })}
            >
              {t("notifications.testWebhook")}
            </Button>
          </ActionListItem>
        )}
      </ActionList>
      {test.error && <ErrorState what={t("notifications.testing")} error={test.error} />}
      {[test.data?.mail, test.data?.webhook].map(
        (tested) =>
          tested && (
            <Alert
              key="tested"
              isInline
              isLiveRegion
              variant={tested.worked ? "success" : "danger"}
              title={t(tested.worked ? "notifications.testWorked" : "notifications.testFailed")}
              component="p"
            >
              {tested.words}
            </Alert>
          ),
      )}
    </>
  );
}
