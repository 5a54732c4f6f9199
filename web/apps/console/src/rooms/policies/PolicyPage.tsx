/** One policy: its rules as sentences, and beside them what would become of a session. */
import { Breadcrumb, BreadcrumbItem, PageSection } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import { type PolicyDetails, type PolicyKind, policiesQuery, policyQuery } from "../../api/policies";
import { mayChangePolicy } from "../../app/access";
import { ErrorState } from "../../feedback/ErrorState";
import { Loading } from "../../feedback/Loading";
import { PageTitle } from "../../shell/PageTitle";
import { BuiltInPolicy } from "./BuiltInPolicy";
import { PAGES, titleOf } from "./names";
import { PolicyEditor } from "./PolicyEditor";

/** A policy that is not kept yet. */
const NEW = "new";

export function PolicyPage() {
  const { id } = useParams({ from: "/session/policies/$id" });
  return <OnePolicy kind="recording" id={id} />;
}

export function DetectionPolicyPage() {
  const { id } = useParams({ from: "/session/policies/detection/$id" });
  return <OnePolicy kind="detection" id={id} />;
}

function OnePolicy({ kind, id }: { kind: PolicyKind; id: string }) {
  const { t } = useTranslation();
  const isNew = id === NEW;
  const { data, error, isPending, refetch } = useQuery({ ...policyQuery(kind, id), enabled: !isNew });
  const notYet = useQuery({ ...policiesQuery, enabled: kind === "recording" }).data?.not_yet ?? [];
  const mayChange = mayChangePolicy(useMe().roles);
  const title = data && !isNew ? titleOf(data.policy, t) : isNew ? t("policy.newTitle") : t("policy.title");
  return (
    <PageSection isFilled aria-label={title}>
      <Breadcrumb>
        <BreadcrumbItem
          render={({ className }) => (
            <Link className={className} to={PAGES[kind].all} activeOptions={{ exact: true }}>
              {t(`policyKind.${kind}.title`)}
            </Link>
          )}
        />
        <BreadcrumbItem isActive>{title}</BreadcrumbItem>
      </Breadcrumb>
      <PageTitle text={title} />
      {!isNew && isPending && <Loading label={t("policies.loading")} />}
      {!isNew && error && !data && (
        <ErrorState what={t("policies.failed")} error={error} onRetry={() => void refetch()} />
      )}
      {isNew ? (
        <PolicyEditor key={NEW} kind={kind} mayChange={mayChange} notYet={notYet} />
      ) : (
        data && (
          <Kept
            kind={kind}
            details={data}
            mayChange={mayChange}
            notYet={notYet}
            reload={() => void refetch()}
          />
        )
      )}
    </PageSection>
  );
}

interface KeptProps {
  kind: PolicyKind;
  details: PolicyDetails;
  mayChange: boolean;
  notYet: readonly string[];
  reload: () => void;
}

/** Another revision is another form. */
function Kept({ kind, details, mayChange, notYet, reload }: KeptProps) {
  const { policy } = details;
  return details.document ? (
    <PolicyEditor
      kind={kind}
      key={`${policy.id} ${policy.revision}`}
      kept={{ policy, document: details.document }}
      mayChange={mayChange}
      notYet={notYet}
      reload={reload}
    />
  ) : (
    <BuiltInPolicy kind={kind} policy={policy} mayChange={mayChange} />
  );
}
