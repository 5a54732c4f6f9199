/** How new recordings are sealed: said in plain words, changed in a dialog. */
import {
  Alert,
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Content,
  Label,
  List,
  ListItem,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sealingQuery } from "../../api/sealing";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { sealClassText } from "./names";
import { SealingDialog } from "./SealingDialog";

export function SealingCard({ mayChange }: { mayChange: boolean }) {
  const { t } = useTranslation();
  const sealing = useQuery(sealingQuery);
  const [asked, setAsked] = useState(false);
  const [changed, setChanged] = useState(false);
  if (sealing.isPending) return <Loading label={t("sealing.loading")} />;
  if (!sealing.data) {
    return (
      <ErrorState what={t("sealing.failed")} error={sealing.error} onRetry={() => void sealing.refetch()} />
    );
  }
  const { classes, recipients } = sealing.data;
  const sealed = classes.length > 0;
  const change = mayChange && (
    <Button variant="secondary" onClick={() => setAsked(true)}>
      {t("sealing.change")}
    </Button>
  );
  return (
    <Card isCompact className="kinescope-policy" data-active={sealed}>
      <CardHeader actions={{ actions: change, hasNoOffset: true }}>
        <CardTitle component="h2">
          {t("sealing.title")}{" "}
          <Label isCompact color={sealed ? "green" : "grey"}>
            {t(sealed ? "sealing.on" : "sealing.off")}
          </Label>
        </CardTitle>
      </CardHeader>
      <CardBody>
        {changed && (
          <Alert isInline isLiveRegion variant="success" title={t("sealing.changed")} component="p" />
        )}
        {sealed ? (
          <>
            <Content component="p">
              {t("sealing.isOn", { classes: classes.map((name) => sealClassText(name, t)).join(", ") })}
            </Content>
            <List aria-label={t("sealing.recipients")}>
              {recipients.map((recipient) => (
                <ListItem key={recipient.public_key}>
                  {recipient.name} <code className="kinescope-id">{recipient.fingerprint}</code>
                </ListItem>
              ))}
            </List>
          </>
        ) : (
          <Content component="p">{t("sealing.isOff")}</Content>
        )}
      </CardBody>
      {asked && (
        <SealingDialog
          sealing={sealing.data}
          onClose={() => setAsked(false)}
          onDone={() => {
            setAsked(false);
            setChanged(true);
          }}
        />
      )}
    </Card>
  );
}
