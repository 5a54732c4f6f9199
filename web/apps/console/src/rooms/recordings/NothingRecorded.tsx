/** The empty list teaches why it is empty, and leads those who may to where that is changed. */
import { Button } from "@patternfly/react-core";
import { FilmIcon } from "@patternfly/react-icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../../api/client";
import { policiesQuery } from "../../api/policies";
import { mayChangePolicy, mayEnter } from "../../app/access";
import { EmptyPage } from "../../feedback/EmptyPage";
import { DO_NOT_RECORD, titleOf } from "../policies/names";

export function NothingRecorded() {
  const { t } = useTranslation();
  const { roles } = useMe();
  const readsPolicy = mayEnter(roles, "policies");
  const policies = useQuery({ ...policiesQuery, enabled: readsPolicy }).data;
  const active = policies?.active;
  if (readsPolicy && active === undefined) {
    return null;
  }
  const nothing = active === DO_NOT_RECORD;
  const item = policies?.items.find((one) => one.active);
  const policy = item && titleOf(item, t);
  const title = active === undefined || nothing ? t("recordings.emptyTitle") : t("recordings.emptyWaitTitle");
  const body = !policy
    ? t("recordings.emptyPlainBody")
    : nothing
      ? t("recordings.emptyDoNot", { policy })
      : t("recordings.emptyWaitBody", { policy });
  return (
    <EmptyPage
      icon={FilmIcon}
      title={title}
      variant="lg"
      body={nothing && !mayChangePolicy(roles) ? `${body} ${t("recordings.emptyAsk")}` : body}
    >
      {nothing && mayChangePolicy(roles) && (
        <Button component={(props) => <Link {...props} to="/policies" />}>
          {t("recordings.emptyChoose")} →
        </Button>
      )}
      {policy && !nothing && mayEnter(roles, "machines") && (
        <Button variant="link" component={(props) => <Link {...props} to="/machines" />}>
          {t("recordings.emptyMachines")} →
        </Button>
      )}
    </EmptyPage>
  );
}
