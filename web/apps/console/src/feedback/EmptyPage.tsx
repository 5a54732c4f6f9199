/** What stands where a list has nothing: why, and the ways on. */
import {
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  type EmptyStateProps,
} from "@patternfly/react-core";
import type { ReactNode } from "react";

interface EmptyPageProps extends Pick<EmptyStateProps, "icon" | "variant"> {
  title: string;
  body: ReactNode;
  /** Buttons, where there is somewhere to go. */
  children?: ReactNode;
}

export function EmptyPage({ title, body, children, ...looks }: EmptyPageProps) {
  return (
    <EmptyState headingLevel="h2" titleText={title} {...looks}>
      <EmptyStateBody>{body}</EmptyStateBody>
      {children && (
        <EmptyStateFooter>
          <EmptyStateActions>{children}</EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}
