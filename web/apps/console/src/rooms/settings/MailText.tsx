/** The text of mails in one language: as it is built in, or one's own, with what a mail would look like. */
import {
  Button,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextArea,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type MailLanguage, mailPreviewQuery } from "../../api/notifications";
import { ApiError } from "../../api/problem";
import { explain } from "../../feedback/ErrorState";

/** What stands in braces; see docs/notifications.md. */
const NAMES = ["event", "detail", "count", "time", "user", "machine", "trigger", "rule", "policy", "link"];
/** Who types is not asked about every letter. */
const TYPING_MS = 300;

interface MailTextProps {
  language: MailLanguage;
  /** Nothing where it is as built in. */
  text: string | undefined;
  change: (text: string | undefined) => void;
}

export function MailText({ language, text, change }: MailTextProps) {
  const { t } = useTranslation();
  const builtIn = useQuery(mailPreviewQuery(language, undefined)).data?.built_in;
  const preview = useQuery(mailPreviewQuery(language, useSettled(language, text)));
  const shown = useLast(preview.data?.shown);
  const names = NAMES.map((name) => `{${name}}`).join(", ");
  return (
    <>
      <FormGroup label={t("notifications.text")} fieldId="mail-text">
        <TextArea
          id="mail-text"
          className="kinescope-mail-text"
          rows={18}
          value={text ?? builtIn ?? ""}
          isDisabled={builtIn === undefined}
          validated={preview.error ? "error" : "default"}
          onChange={(_event, typed) => change(typed === builtIn ? undefined : typed)}
          aria-describedby="mail-text-help"
        />
        <FormHelperText>
          <HelperText id="mail-text-help" isLiveRegion>
            {preview.error ? (
              <HelperTextItem variant="error">{whatIsWrong(preview.error, t)}</HelperTextItem>
            ) : (
              <HelperTextItem>{t("notifications.textHelp", { names })}</HelperTextItem>
            )}
          </HelperText>
        </FormHelperText>
        {text !== undefined && (
          <Button variant="link" isInline onClick={() => change(undefined)}>
            {t("notifications.textReset")}
          </Button>
        )}
      </FormGroup>
      {shown !== undefined && (
        <FormGroup
          role="group"
          label={t(preview.error ? "notifications.textPreviewBefore" : "notifications.textPreview")}
          fieldId="mail-text-preview"
        >
          <pre id="mail-text-preview" className="kinescope-mail-preview" lang={language}>
            {shown}
          </pre>
        </FormGroup>
      )}
    </>
  );
}

/** Of a text that cannot be read where and why; what its API is like helps nobody here. */
function whatIsWrong(error: unknown, t: TFunction): string {
  return error instanceof ApiError && error.code === "bad-request" ? error.message : explain(error, t);
}

/** A text once nobody has typed for a while; that of another language at once. */
function useSettled(language: MailLanguage, text: string | undefined): string | undefined {
  const [settled, setSettled] = useState({ language, text });
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ language, text }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [language, text]);
  return settled.language === language ? settled.text : text;
}

/** What there was last, so that nothing below moves while there is none. */
function useLast(value: string | undefined): string | undefined {
  const [last, setLast] = useState(value);
  if (value !== undefined && value !== last) {
    setLast(value);
  }
  return value ?? last;
}
