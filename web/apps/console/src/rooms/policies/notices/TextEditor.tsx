/** The text in one language. A built-in one becomes one's own by typing into it. */
import { Button, Content, FormGroup, TextArea, TextInput, Title } from "@patternfly/react-core";
import { useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { NoticePage } from "../../../api/notices";
import { useLocale } from "../../../app/locale";
import { builtInOf, type Draft, type Fault, type Shown, withoutText, withText, wrongText } from "./draft";
import { languageName, serves } from "./languages";

interface TextEditorProps {
  text: Shown;
  draft: Draft;
  page: NoticePage;
  change: (changed: Partial<Draft>) => void;
  mayChange: boolean;
  /** Was just added: the keyboard goes on in its title. */
  startsFocused: boolean;
  /** Somebody has tried to save: what is missing is said, too. */
  tried: boolean;
}

export function TextEditor(props: TextEditorProps) {
  const { text, draft, page, change, mayChange, startsFocused, tried } = props;
  const { t } = useTranslation();
  const locale = useLocale();
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (startsFocused) {
      first.current?.focus();
    }
  }, [startsFocused]);
  const { language, title, body, own } = text;
  const write = (changed: { title?: string; body?: string }) =>
    change(withText(draft, { language, title, body, ...changed }));
  const faults = wrongText(text)
    .map(({ fault }) => fault)
    .filter((fault) => tried || !fault.endsWith("Missing"));
  const fault = (part: "title" | "body") => faults.find((one) => one.startsWith(part));
  const hasBuiltIn =
    draft.builtInTexts && builtInOf(page, draft.consent).some((one) => serves(one.language, language));
  const readOnly = mayChange ? {} : { readOnlyVariant: "default" as const };
  return (
    <section className="kinescope-notice-editor" aria-labelledby={`${id}-head`}>
      <Title headingLevel="h2" size="lg" id={`${id}-head`}>
        {languageName(language, locale)}
      </Title>
      <Content component="p" className="kinescope-aside">
        {t(own ? "notices.ownHelp" : mayChange ? "notices.builtInHelp" : "notices.builtInOnly")}
      </Content>
      <FormGroup label={t("notices.textTitle")} fieldId={`${id}-title`}>
        <TextInput
          ref={first}
          id={`${id}-title`}
          lang={language}
          dir="auto"
          value={title}
          validated={fault("title") ? "error" : "default"}
          aria-describedby={`${id}-title-help`}
          {...readOnly}
          onChange={(_event, value) => write({ title: value })}
        />
        <Help id={`${id}-title-help`} fault={fault("title")} text="" />
      </FormGroup>
      <FormGroup label={t("notices.textBody")} fieldId={`${id}-body`}>
        <TextArea
          id={`${id}-body`}
          lang={language}
          dir="auto"
          rows={8}
          resizeOrientation="vertical"
          value={body}
          validated={fault("body") ? "error" : "default"}
          aria-describedby={`${id}-body-help`}
          {...readOnly}
          onChange={(_event, value) => write({ body: value })}
        />
        <Help id={`${id}-body-help`} fault={fault("body")} text={t("notices.textBodyHelp")} />
      </FormGroup>
      {mayChange && own && (
        <Button
          variant="link"
          isInline
          isDanger={!hasBuiltIn}
          className="kinescope-add-rule"
          onClick={() => change(withoutText(draft, language))}
        >
          {t(hasBuiltIn ? "notices.toBuiltIn" : "notices.remove")}
        </Button>
      )}
    </section>
  );
}

function Help({ id, fault, text }: { id: string; fault: Fault | undefined; text: string }) {
  const { t } = useTranslation();
  return (
    <div id={id} className={fault ? "kinescope-fault" : "kinescope-aside"}>
      {fault ? t(`notices.fault.${fault}`) : text}
    </div>
  );
}
