/** What a rule does in response to events, to read. */
import { useTranslation } from "react-i18next";
import type { Responses } from "./draft";
import { moreWords, triggerWords } from "./words";

export function Sentences({ responses }: { responses: Responses }) {
  const { t, i18n } = useTranslation();
  const more = moreWords(responses, t, i18n.language);
  return (
    <ul className="kinescope-responses" aria-label={t("respond.title")}>
      {(responses.triggers ?? []).map((trigger, at) => (
        <li key={at}>
          {triggerWords(trigger, t, i18n.language)}{" "}
          {trigger.description && (
            <span className="kinescope-aside">
              <bdi>{trigger.description}</bdi>
            </span>
          )}
        </li>
      ))}
      {more.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
