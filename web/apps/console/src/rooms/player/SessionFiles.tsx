/** The files of a session that goes over several: where this one is, and the way to the others. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Recording } from "../../api/recordings";
import { useLocale } from "../../app/locale";
import { formatMoment } from "../../format/time";

interface SessionFilesProps {
  files: readonly Recording[];
  current: string;
}

/** Of very short files something must be left to click at. */
const LEAST_SHARE = 0.02;

export function SessionFiles({ files, current }: SessionFilesProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const whole = files.reduce((sum, file) => sum + file.duration_us, 0) || 1;
  const at = files.findIndex((file) => file.id === current);
  return (
    <nav className="kinescope-session-files" aria-label={t("player.files")}>
      <span>{t("player.fileOf", { number: at + 1, count: files.length })}</span>
      <ol>
        {files.map((file, index) => (
          <li key={file.id} style={{ flexGrow: Math.max(file.duration_us / whole, LEAST_SHARE) }}>
            <Link
              to="/recordings/$id"
              params={{ id: file.id }}
              search={({ panel, find, kinds }) => ({ panel, find, kinds })}
              aria-current={file.id === current ? "page" : undefined}
              aria-label={t("player.fileLabel", {
                number: index + 1,
                moment: formatMoment(file.start_us, locale),
              })}
              title={formatMoment(file.start_us, locale)}
            >
              {index + 1}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
