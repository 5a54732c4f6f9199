/** How users are told, kept in memory; a change of an older state is refused as the server refuses it. */
import type { Schemas } from "@kinescope/api-client";
import { json, problem } from "./answers.ts";
import { ADMINISTRATORS, POLICY_READERS } from "./policies.ts";
import type { MockSite, Route } from "./site.ts";

const ENGLISH = { language: "en", accept: "Accept", decline: "Decline", dismiss: "Close" };
const GERMAN = { language: "de", accept: "Zustimmen", decline: "Ablehnen", dismiss: "Schließen" };
const ARABIC = { language: "ar", accept: "موافقة", decline: "رفض", dismiss: "إغلاق" };

function page(site: MockSite): Response {
  return json({
    setting: site.data.notices,
    built_in: [
      { language: "en", title: "Your session is being recorded", body: "What your screen shows is stored." },
      {
        language: "de",
        title: "Ihre Sitzung wird aufgezeichnet",
        body: "Was zu sehen ist, wird gespeichert.",
      },
    ],
    built_in_consent: [
      { language: "en", title: "Do you agree?", body: "If you decline, you are logged off." },
      { language: "de", title: "Sind Sie einverstanden?", body: "Wenn Sie ablehnen, werden Sie abgemeldet." },
    ],
    buttons: [ENGLISH, GERMAN, ARABIC],
    most_bytes: 32_768,
  } satisfies Schemas["NoticePage"]);
}

const PATH = /^\/api\/v1\/notices$/;

export const NOTICE_ROUTES: readonly Route[] = [
  { method: "GET", path: PATH, needs: POLICY_READERS, answer: ({ site }) => page(site) },
  {
    method: "PUT",
    path: PATH,
    needs: ADMINISTRATORS,
    answer: async ({ site, body }) => {
      const { setting, instead_of } = await body<Schemas["SetNotices"]>();
      if (JSON.stringify(instead_of) !== JSON.stringify(site.data.notices)) {
        return problem(409, "conflict", "Somebody else has changed the notice meanwhile.", "Look at it.");
      }
      site.data.notices = setting;
      return page(site);
    },
  },
];
