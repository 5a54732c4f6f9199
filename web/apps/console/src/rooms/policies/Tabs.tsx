/** The pages of the room: the policies of each kind, and how users are told. Links that look like tabs, as each has an address. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

const PAGES = [
  ["/policies", "policies.title"],
  ["/policies/detection", "policyKind.detection.title"],
  ["/policies/notices", "notices.title"],
] as const;

export function PolicyTabs({ at }: { at: (typeof PAGES)[number][0] }) {
  const { t } = useTranslation();
  return (
    <nav className="pf-v6-c-tabs kinescope-room-tabs" aria-label={t("policies.pages")}>
      <ul className="pf-v6-c-tabs__list">
        {PAGES.map(([path, text]) => (
          <li key={path} className={`pf-v6-c-tabs__item ${path === at ? "pf-m-current" : ""}`}>
            <Link to={path} className="pf-v6-c-tabs__link" activeOptions={{ exact: true }}>
              <span className="pf-v6-c-tabs__item-text">{t(text)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
