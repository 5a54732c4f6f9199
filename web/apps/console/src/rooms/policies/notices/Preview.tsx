/** The window as users see it. It has colours and sizes of its own, in every theme of the console. */
import { Title } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { NoticePage } from "../../../api/notices";
import type { Draft, Shown } from "./draft";
import { isRightToLeft, serves } from "./languages";

interface PreviewProps {
  text: Shown;
  page: NoticePage;
  draft: Draft;
}

export function Preview({ text: { language, title, body }, page, draft }: PreviewProps) {
  const { t } = useTranslation();
  const labels = page.buttons.find((one) => serves(one.language, language)) ?? page.buttons[0];
  const mirrored = isRightToLeft(title || body);
  const seconds = Number(draft.patience) || 0;
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <figure className="kinescope-preview" data-asks={draft.consent}>
      <figcaption>
        <Title headingLevel="h2" size="lg">
          {t("notices.preview")}
        </Title>
      </figcaption>
      <div className="kinescope-preview-screen">
        <div
          className="kinescope-preview-window"
          dir={mirrored ? "rtl" : "ltr"}
          lang={language}
          data-testid="notice-preview"
        >
          <div className="kinescope-preview-title">
            <span className="kinescope-preview-mark" />
            <span>{title}</span>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long texts are scrolled by keys, as in the window */}
          <section className="kinescope-preview-body" tabIndex={0} aria-label={t("notices.previewBody")}>
            {body.split("\n").map((line, at) => (
              <p key={`${at} ${line}`} dir="auto">
                {line}
              </p>
            ))}
          </section>
          <div className="kinescope-preview-buttons">
            {(draft.consent ? [labels?.accept, labels?.decline] : [labels?.dismiss]).map((label, at) => (
              <span key={label} data-first={at === 0}>
                {label}
              </span>
            ))}
            {draft.consent && <span className="kinescope-preview-clock">{clock}</span>}
          </div>
        </div>
      </div>
      <div className="kinescope-aside">{t("notices.previewHelp")}</div>
    </figure>
  );
}
