/** A page behind a role, and what a person sees in its place who lacks it. */
import {
  Button,
  Content,
  EmptyState,
  EmptyStateBody,
  EmptyStateFooter,
  List,
  ListItem,
  PageSection,
} from "@patternfly/react-core";
import { LockIcon, UserIcon } from "@patternfly/react-icons";
import { Link } from "@tanstack/react-router";
import { type ComponentType, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../api/client";
import { Loading } from "../feedback/Loading";
import { PageTitle } from "../shell/PageTitle";
import { mayEnter, ROOMS, type Role, type RoomName } from "./access";

/** Wraps a page so that it is shown to those who may enter the room, and explained to all others. */
export function room(name: RoomName, Page: ComponentType): () => ReactNode {
  return function GuardedRoom() {
    const { t } = useTranslation();
    if (!mayEnter(useMe().roles, name)) {
      return <ForbiddenPage name={name} />;
    }
    return (
      <Suspense fallback={<Loading label={t("shell.loading")} />}>
        <Page />
      </Suspense>
    );
  };
}

function ForbiddenPage({ name }: { name: RoomName }) {
  const { t } = useTranslation();
  const wanted = ROOMS.find((one) => one.name === name)?.roles ?? [];
  const title = t("noAccess.forbiddenTitle", { room: t(`room.${name}`) });
  return (
    <PageSection isFilled>
      <PageTitle text={title} hidden />
      <EmptyState headingLevel="h2" icon={LockIcon} titleText={title}>
        <EmptyStateBody>
          {t("noAccess.forbiddenBody", { roles: wanted.map((role) => t(`role.${role}`)).join(", ") })}
        </EmptyStateBody>
        <EmptyStateFooter>
          <Button variant="primary" component={(props) => <Link {...props} to="/" />}>
            {t("noAccess.home")}
          </Button>
        </EmptyStateFooter>
      </EmptyState>
    </PageSection>
  );
}

/** Roles that open a room, for a person who has none of them yet. */
const OFFERED: readonly Role[] = [
  "player",
  "privileged-player",
  "policy-query",
  "policy-administrator",
  "logging-reader",
];

export function NoRolePage() {
  const { t } = useTranslation();
  const { user, roles } = useMe();
  const bare = roles.length === 0;
  const held = roles.map((role) => t(`role.${role}`)).join(", ");
  const title = bare ? t("noAccess.title") : t("noAccess.otherTitle");
  return (
    <PageSection isFilled>
      <PageTitle text={title} hidden />
      <EmptyState headingLevel="h2" icon={UserIcon} titleText={title} variant="lg">
        <EmptyStateBody>
          {bare ? t("noAccess.body", { user }) : t("noAccess.otherBody", { user, roles: held })}
          <List isPlain className="kinescope-role-list">
            {OFFERED.map((role) => (
              <ListItem key={role}>
                <strong>{t(`role.${role}`)}</strong>: {t(`roleHelp.${role}`)}
              </ListItem>
            ))}
          </List>
          <Content component="p">{t("noAccess.after")}</Content>
        </EmptyStateBody>
      </EmptyState>
    </PageSection>
  );
}
