/** The form. Nothing is kept before it is saved, and nothing newer is overwritten by saving. */
import { ActionList, ActionListItem, Alert, Button, Form, List, ListItem } from "@patternfly/react-core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type NoticePage, useSetNotices } from "../../../api/notices";
import { ApiError } from "../../../api/problem";
import { useLocale } from "../../../app/locale";
import { ErrorState } from "../../../feedback/ErrorState";
import { LeaveGuard } from "../../../feedback/LeaveGuard";
import { Asking } from "./Asking";
import { draftOf, settingOf, shownTexts, type Wrong, wrongOf } from "./draft";
import { LanguageList } from "./LanguageList";
import { languageName, sameTag, serves } from "./languages";
import { Preview } from "./Preview";
import { TextEditor } from "./TextEditor";

interface NoticesFormProps {
  page: NoticePage;
  mayChange: boolean;
  reload: () => void;
  onSaved: (saved: boolean) => void;
}

export function NoticesForm({ page, mayChange, reload, onSaved }: NoticesFormProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => draftOf(page.setting));
  const [tried, setTried] = useState(0);
  const [added, setAdded] = useState<string>();
  const save = useSetNotices();
  const { language } = useSearch({ from: "/session/policies/notices" });
  const navigate = useNavigate({ from: "/policies/notices" });
  const select = (tag: string) => void navigate({ search: { language: tag }, replace: true });
  const setting = settingOf(draft);
  const isChanged = JSON.stringify(setting) !== JSON.stringify(settingOf(draftOf(page.setting)));
  const texts = shownTexts(draft, page);
  const wrong = wrongOf(draft, page);
  const wanted = language ?? draft.defaultLanguage;
  const shown =
    texts.find((text) => sameTag(text.language, wanted)) ??
    texts.find((text) => serves(text.language, wanted)) ??
    texts[0];
  const change = (changed: Partial<typeof draft>) => {
    setDraft((now) => ({ ...now, ...changed }));
    onSaved(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(tried + 1);
    if (wrong.length === 0) {
      save.mutate({ setting, instead_of: page.setting }, { onSuccess: () => onSaved(true) });
    }
  };
  return (
    <Form onSubmit={submit} noValidate aria-label={t("notices.title")}>
      <LeaveGuard changed={mayChange && isChanged} />
      <Asking draft={draft} change={change} mayChange={mayChange} />
      <div className="kinescope-notices">
        <LanguageList
          draft={draft}
          texts={texts}
          selected={shown?.language}
          select={select}
          mayChange={mayChange}
          change={change}
          wrong={tried > 0 ? wrong : []}
          onAdded={(tag) => {
            setAdded(tag);
            select(tag);
          }}
        />
        {shown && (
          <TextEditor
            key={shown.language.toLowerCase()}
            text={shown}
            draft={draft}
            page={page}
            change={change}
            mayChange={mayChange}
            startsFocused={added === shown.language}
            tried={tried > 0}
          />
        )}
        {shown && <Preview text={shown} page={page} draft={draft} />}
      </div>
      {tried > 0 && wrong.length > 0 && <Wrongs key={tried} wrong={wrong} select={select} />}
      {save.error && <Refusal error={save.error} reload={reload} />}
      {mayChange && (
        <ActionList>
          <ActionListItem>
            <Button type="submit" isLoading={save.isPending} isDisabled={save.isPending || !isChanged}>
              {t("action.save")}
            </Button>
          </ActionListItem>
          {isChanged && (
            <ActionListItem>
              <Button variant="link" onClick={() => setDraft(draftOf(page.setting))}>
                {t("notices.discard")}
              </Button>
            </ActionListItem>
          )}
        </ActionList>
      )}
    </Form>
  );
}

/** All that is wrong, in words, each leading to its text. Takes the focus, so that it is seen and heard. */
function Wrongs({ wrong, select }: { wrong: Wrong[]; select: (language: string) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const whole = useRef<HTMLDivElement>(null);
  useEffect(() => whole.current?.focus(), []);
  return (
    <div ref={whole} tabIndex={-1} role="alert">
      <Alert isInline variant="danger" title={t("notices.notSaved")} component="p">
        <List>
          {wrong.map(({ fault, language }) => (
            <ListItem key={`${language} ${fault}`}>
              {language && (
                <>
                  <Button variant="link" isInline onClick={() => select(language)}>
                    {languageName(language, locale)}
                  </Button>
                  {": "}
                </>
              )}
              {t(`notices.fault.${fault}`)}
            </ListItem>
          ))}
        </List>
      </Alert>
    </div>
  );
}

function Refusal({ error, reload }: { error: Error; reload: () => void }) {
  const { t } = useTranslation();
  const conflict = error instanceof ApiError && error.code === "conflict";
  return (
    <div role="alert">
      <ErrorState what={t("notices.saving")} error={error} />
      {conflict && (
        <Button variant="link" onClick={reload}>
          {t("policy.reload")}
        </Button>
      )}
    </div>
  );
}
