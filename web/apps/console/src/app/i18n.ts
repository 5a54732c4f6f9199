/** Texts. Every text that is shown stands in a catalogue; English is complete, other languages fall back to it. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import english from "../locales/en.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof english };
  }
}

/** Must have run before anything is rendered. */
export function startTexts(): void {
  void i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: english } },
    // React escapes what it renders.
    interpolation: { escapeValue: false },
  });
}
