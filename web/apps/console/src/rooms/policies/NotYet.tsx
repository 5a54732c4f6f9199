/** What policies will be able to say and recorders cannot do yet: said, so that nobody looks for it. */
import { Content } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type en from "../../locales/en.json";

type Feature = keyof typeof en.policyFeature;

export function NotYet({ features }: { features: readonly string[] }) {
  const { t } = useTranslation();
  if (features.length === 0) {
    return null;
  }
  const names = features.map((name) => t(`policyFeature.${name as Feature}`, { defaultValue: name }));
  return (
    <Content component="p" className="kinescope-aside">
      {t("policies.notYet", { features: names.join(", ") })}
    </Content>
  );
}
