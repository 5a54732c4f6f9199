/** The keys of the console, shown with `?`. */
import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Modal,
  ModalBody,
  ModalHeader,
  Title,
} from "@patternfly/react-core";
import { useTranslation } from "react-i18next";

const EVERYWHERE = [["?", "help"]] as const;

const LIST = [
  ["/", "search"],
  ["E", "findInRecordings"],
  ["↑ ↓", "move"],
  ["Home End", "first"],
  ["Enter", "open"],
] as const;

/** As `packages/player` understands them, and what the page around it adds. */
const PLAYER = [
  ["Space  K", "playPause"],
  ["← →", "seek5"],
  ["Ctrl ← →", "seek30"],
  ["Page Up / Down", "seek60"],
  ["Ctrl Page Up / Down", "seek360"],
  ["7", "back7"],
  [",  .", "step"],
  ["Home End", "ends"],
  ["P  N", "events"],
  ["L", "live"],
  ["-  +", "speed"],
  ["G", "performance"],
  ["F", "fullscreen"],
  ["O", "scale"],
  ["T", "time"],
  ["D", "details"],
  ["E", "eventsPanel"],
  ["/", "findEvents"],
] as const;

type Keys = readonly (readonly [string, KeyText])[];
type KeyText = (typeof EVERYWHERE | typeof LIST | typeof PLAYER)[number][1];

export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="keys-title">
      <ModalHeader title={t("keys.title")} labelId="keys-title" />
      <ModalBody tabIndex={0} className="kinescope-keys">
        <KeyGroup title={t("keys.everywhere")} keys={EVERYWHERE} />
        <KeyGroup title={t("keys.list")} keys={LIST} />
        <KeyGroup title={t("keys.player")} keys={PLAYER} />
      </ModalBody>
    </Modal>
  );
}

function KeyGroup({ title, keys }: { title: string; keys: Keys }) {
  const { t } = useTranslation();
  return (
    <section>
      <Title headingLevel="h2" size="md">
        {title}
      </Title>
      <DescriptionList isHorizontal isCompact termWidth="11rem">
        {keys.map(([key, text]) => (
          <DescriptionListGroup key={text}>
            <DescriptionListTerm>
              <kbd>{key}</kbd>
            </DescriptionListTerm>
            <DescriptionListDescription>{t(`keys.${text}`)}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
      </DescriptionList>
    </section>
  );
}
