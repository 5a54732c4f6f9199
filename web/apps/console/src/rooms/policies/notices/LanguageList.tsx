/** The languages in which there is a text, which one is for everybody else, and a field for another one. */
import {
  Button,
  Checkbox,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Label,
  TextInput,
} from "@patternfly/react-core";
import { PlusCircleIcon } from "@patternfly/react-icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../../app/locale";
import { type Draft, MOST_TEXTS, type Shown, type Wrong, withText } from "./draft";
import { isTag, languageName, sameTag, serves } from "./languages";

interface LanguageListProps {
  draft: Draft;
  texts: Shown[];
  selected: string | undefined;
  select: (language: string) => void;
  mayChange: boolean;
  change: (changed: Partial<Draft>) => void;
  wrong: Wrong[];
  onAdded: (language: string) => void;
}

export function LanguageList(props: LanguageListProps) {
  const { draft, texts, selected, select, mayChange, change, wrong } = props;
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <section className="kinescope-languages" aria-label={t("notices.languages")}>
      <ul>
        {texts.map(({ language, own }) => (
          <li key={language.toLowerCase()}>
            <Button
              variant="plain"
              isBlock
              className="kinescope-language"
              aria-pressed={selected === language}
              onClick={() => select(language)}
            >
              <span>
                {languageName(language, locale)} <span className="kinescope-aside">{language}</span>
              </span>
              <span>
                {wrong.some((one) => one.language === language) && (
                  <Label isCompact status="danger">
                    {t("notices.wrong")}
                  </Label>
                )}
                <Label isCompact color={own ? "blue" : "grey"}>
                  {t(own ? "notices.own" : "notices.builtIn")}
                </Label>
              </span>
            </Button>
          </li>
        ))}
      </ul>
      {mayChange && draft.texts.length < MOST_TEXTS && <AddLanguage {...props} />}
      <DefaultLanguage {...props} />
      <Checkbox
        id="notices-built-in"
        label={t("notices.useBuiltIn")}
        description={t("notices.useBuiltInHelp")}
        isChecked={draft.builtInTexts}
        isDisabled={!mayChange}
        onChange={(_event, builtInTexts) => change({ builtInTexts })}
      />
    </section>
  );
}

function DefaultLanguage({ draft, texts, mayChange, change }: LanguageListProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = draft.defaultLanguage;
  const known = texts.map((text) => text.language);
  const missing = !known.some((language) => serves(language, now));
  const options = known.some((language) => sameTag(language, now)) ? known : [now, ...known];
  return (
    <FormGroup label={t("notices.default")} fieldId="notices-default">
      <FormSelect
        id="notices-default"
        value={options.find((language) => sameTag(language, now)) ?? now}
        isDisabled={!mayChange}
        validated={missing ? "error" : "default"}
        aria-describedby="notices-default-help"
        onChange={(_event, defaultLanguage) => change({ defaultLanguage })}
      >
        {options.map((language) => (
          <FormSelectOption key={language} value={language} label={languageName(language, locale)} />
        ))}
      </FormSelect>
      <div id="notices-default-help" className="kinescope-aside">
        {t(missing ? "notices.fault.noDefault" : "notices.defaultHelp")}
      </div>
    </FormGroup>
  );
}

/** A language by its tag; its name says whether the tag is the one that was meant. */
function AddLanguage({ draft, texts, select, change, onAdded }: LanguageListProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState(false);
  const tag = typed.trim();
  const valid = isTag(tag);
  const add = () => {
    const known = texts.find(({ language }) => sameTag(language, tag));
    if (!valid) {
      setRefused(true);
      return;
    }
    if (known) {
      select(known.language);
    } else {
      change(withText(draft, { language: tag, title: "", body: "" }));
      onAdded(tag);
    }
    setTyped("");
    setRefused(false);
  };
  return (
    <FormGroup label={t("notices.add")} fieldId="notices-add">
      <div className="kinescope-add-language">
        <TextInput
          id="notices-add"
          value={typed}
          maxLength={35}
          spellCheck={false}
          placeholder="pt-BR"
          validated={refused && !valid ? "error" : "default"}
          aria-describedby="notices-add-help"
          onChange={(_event, value) => setTyped(value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              add();
            }
          }}
        />
        <Button variant="secondary" icon={<PlusCircleIcon />} onClick={add}>
          {t("notices.addButton")}
        </Button>
      </div>
      <div id="notices-add-help" className="kinescope-aside" aria-live="polite">
        {refused && !valid
          ? t("notices.noTag")
          : valid && languageName(tag, locale) !== tag
            ? languageName(tag, locale)
            : t("notices.addHelp")}
      </div>
    </FormGroup>
  );
}
