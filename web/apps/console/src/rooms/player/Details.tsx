/** What is known of a recording: who, where, when, why, and what is missing. */
import {
  Alert,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Title,
} from "@patternfly/react-core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/recordings";
import { useLocale } from "../../app/locale";
import { Moment } from "../../format/Moment";
import { formatSize } from "../../format/size";
import { formatLength } from "../../format/time";
import { policyTitle } from "../policies/names";
import { StateLabel } from "../recordings/StateLabel";

export function Details({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { start_reason: why, width, height, notices, client_name: name, client_address: address } = recording;
  const client = name && address ? t("player.clientAt", { name, address }) : (name ?? address);
  return (
    <aside className="kinescope-details" aria-label={t("player.details")}>
      {notices.length > 0 && (
        <Alert isInline variant="warning" title={t("player.notices")} component="h2">
          {notices.map((notice) => (
            <p key={notice}>{notice}</p>
          ))}
        </Alert>
      )}
      <Facts title={t("player.session")}>
        <Fact term={t("player.user")}>{recording.user}</Fact>
        <Fact term={t("player.machine")}>{recording.machine}</Fact>
        <Fact term={t("player.display")}>{recording.display ?? t("recordings.unknown")}</Fact>
        {client && <Fact term={t("player.client")}>{client}</Fact>}
        {recording.opened && <Fact term={t("player.opened")}>{recording.opened}</Fact>}
        <Fact term={t("player.started")}>
          <Moment us={recording.start_us} zone />
        </Fact>
        <Fact term={t("player.ended")}>
          {recording.end_us ? <Moment us={recording.end_us} zone /> : t("player.stillGoing")}
        </Fact>
        {recording.end_reason && <Fact term={t("player.endReason")}>{recording.end_reason}</Fact>}
      </Facts>
      <Facts title={t("player.why")}>
        <Fact term={t("player.policy")}>{policyTitle(why.policy, t)}</Fact>
        <Fact term={t("player.rule")}>{why.rule ?? t("player.noRule")}</Fact>
        <Fact term={t("player.reason")}>{why.text}</Fact>
      </Facts>
      <Facts title={t("player.recording")}>
        <Fact term={t("player.state")}>
          <StateLabel state={recording.state} />
          <div className="kinescope-aside">{t(`recordingStateHelp.${recording.state}`)}</div>
        </Fact>
        <Fact term={t("player.duration")}>{formatLength(recording.duration_us)}</Fact>
        <Fact term={t("player.size")}>{formatSize(recording.size_bytes, locale)}</Fact>
        {width && height && (
          <Fact term={t("player.screen")}>{t("player.screenSize", { width, height })}</Fact>
        )}
        <Fact term={t("player.id")}>
          <code className="kinescope-id">{recording.id}</code>
        </Fact>
        <Fact term={t("player.download")}>
          <a href={`/api/v1/recordings/${recording.id}/bundle`} download={`kinescope-${recording.id}.zip`}>
            {t("player.downloadAll")}
          </a>
          <div className="kinescope-aside">{t("player.downloadAllHelp")}</div>
          <a href={`/api/v1/recordings/${recording.id}/data`} download={`${recording.id}.kin`}>
            {t("player.downloadRecording")}
          </a>
          {", "}
          <a href={`/api/v1/recordings/${recording.id}/evidence`} download={`${recording.id}.kev`}>
            {t("player.downloadReceipts")}
          </a>
          <div className="kinescope-aside">{t("player.downloadHelp")}</div>
        </Fact>
      </Facts>
    </aside>
  );
}

function Facts({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title headingLevel="h2" size="md">
        {title}
      </Title>
      <DescriptionList isCompact isHorizontal termWidth="5.5rem">
        {children}
      </DescriptionList>
    </section>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{term}</DescriptionListTerm>
      <DescriptionListDescription>{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}
