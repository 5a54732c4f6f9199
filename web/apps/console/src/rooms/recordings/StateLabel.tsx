/** The state of a recording: a sign, a colour and a word, so that none of them is needed alone. */
import { Icon } from "@patternfly/react-core";
import {
  CheckCircleIcon,
  CircleIcon,
  ExclamationCircleIcon,
  ExclamationTriangleIcon,
  PauseCircleIcon,
} from "@patternfly/react-icons";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import type { RecordingState } from "../../api/recordings";

interface Sign {
  icon: ComponentType;
  status?: "success" | "info" | "warning" | "danger";
}

const SIGNS: Record<RecordingState, Sign> = {
  live: { icon: CircleIcon, status: "success" },
  silent: { icon: PauseCircleIcon, status: "warning" },
  finished: { icon: CheckCircleIcon },
  crashed: { icon: ExclamationCircleIcon, status: "danger" },
  incomplete: { icon: ExclamationTriangleIcon, status: "warning" },
};

export function StateLabel({ state, notices = [] }: { state: RecordingState; notices?: readonly string[] }) {
  const { t } = useTranslation();
  const { icon: Sign, status } = SIGNS[state];
  return (
    <span
      className={`kinescope-state kinescope-state-${state}`}
      title={[t(`recordingStateHelp.${state}`), ...notices].join("\n")}
    >
      <Icon {...(status && { status })}>
        <Sign />
      </Icon>
      {t(`recordingState.${state}`)}
    </span>
  );
}
