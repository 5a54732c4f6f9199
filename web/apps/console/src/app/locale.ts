/** How numbers and times are written: the language of the texts, in the spelling of the viewer's region. */
import { useTranslation } from "react-i18next";

/** The first of the browser's languages that is a variety of the texts' language, else that language itself. */
export function regionOf(language: string, preferred: readonly string[] = navigator.languages): string {
  return preferred.find((one) => one === language || one.startsWith(`${language}-`)) ?? language;
}

export function useLocale(): string {
  return regionOf(useTranslation().i18n.language);
}
