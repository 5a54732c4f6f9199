/** Whether users are told or asked, and what becomes of those who do not agree. */
import { Alert, FormGroup, Radio, TextInput } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { type Draft, LEAST_PATIENCE_SECS, MOST_PATIENCE_SECS } from "./draft";

interface AskingProps {
  draft: Draft;
  change: (changed: Partial<Draft>) => void;
  mayChange: boolean;
}

export function Asking({ draft, change, mayChange }: AskingProps) {
  const { t } = useTranslation();
  const seconds = Number(draft.patience);
  const isWrong = !Number.isInteger(seconds) || seconds < LEAST_PATIENCE_SECS || seconds > MOST_PATIENCE_SECS;
  return (
    <>
      <FormGroup role="radiogroup" label={t("notices.asking")} fieldId="notices-asking">
        {([false, true] as const).map((consent) => (
          <Radio
            key={String(consent)}
            id={`notices-consent-${consent}`}
            name="notices-consent"
            label={t(consent ? "notices.ask" : "notices.tell")}
            description={t(consent ? "notices.askHelp" : "notices.tellHelp")}
            isChecked={draft.consent === consent}
            isDisabled={!mayChange && draft.consent !== consent}
            onChange={() => mayChange && change({ consent })}
          />
        ))}
      </FormGroup>
      {(draft.consent || isWrong) && (
        <FormGroup label={t("notices.patience")} fieldId="notices-patience">
          <TextInput
            id="notices-patience"
            className="kinescope-clock"
            type="number"
            min={LEAST_PATIENCE_SECS}
            max={MOST_PATIENCE_SECS}
            value={draft.patience}
            validated={isWrong ? "error" : "default"}
            aria-describedby="notices-patience-help"
            {...(!mayChange && { readOnlyVariant: "default" as const })}
            onChange={(_event, patience) => change({ patience })}
          />
          <div id="notices-patience-help" className="kinescope-aside">
            {t(isWrong ? "notices.fault.patience" : "notices.patienceHelp")}
          </div>
        </FormGroup>
      )}
      {draft.consent && draft.texts.length > 0 && (
        <Alert isInline isPlain variant="info" title={t("notices.sayIt")} component="p" />
      )}
    </>
  );
}
