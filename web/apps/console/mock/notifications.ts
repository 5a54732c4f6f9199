/** Mail and webhook, kept in memory; a mail server named "away" takes nothing. */
import type { Schemas } from "@kinescope/api-client";
import { json, problem } from "./answers.ts";
import { ADMINISTRATORS } from "./policies.ts";
import type { MockSite, Route } from "./site.ts";

const PATH = /^\/api\/v1\/notifications$/;

function page({ data: { notifications } }: MockSite): Response {
  return json({
    setting: notifications,
    default_language: "en",
    default_address: "https://kinescope:8443",
    has_password: notifications.mail?.user !== undefined,
    has_secret: notifications.webhook !== undefined,
    waiting: 0,
    left_out: 0,
  } satisfies Schemas["NotificationPage"]);
}

export const NOTIFICATION_ROUTES: readonly Route[] = [
  { method: "GET", path: PATH, needs: ADMINISTRATORS, answer: ({ site }) => page(site) },
  {
    method: "PUT",
    path: PATH,
    needs: ADMINISTRATORS,
    answer: async ({ site, body }) => {
      const { setting, instead_of, untested } = await body<Schemas["SetNotifications"]>();
      if (JSON.stringify(instead_of) !== JSON.stringify(site.data.notifications)) {
        return problem(409, "conflict", "Somebody else has changed the setting meanwhile.");
      }
      if (setting.mail?.host === "away" && !untested) {
        return problem(400, "bad-request", "The mail server did not take it: connection refused.");
      }
      site.data.notifications = setting;
      return page(site);
    },
  },
  {
    method: "POST",
    path: /^\/api\/v1\/notifications\/test$/,
    needs: ADMINISTRATORS,
    answer: async ({ body }) => {
      const { mail_to, webhook } = await body<Schemas["TestNotifications"]>();
      return json({
        ...(mail_to && { mail: { worked: true, words: "250 2.0.0 kept" } }),
        ...(webhook && { webhook: { worked: false, words: "answered 500" } }),
      } satisfies Schemas["TestedNotifications"]);
    },
  },
  {
    method: "POST",
    path: /^\/api\/v1\/notifications\/preview$/,
    needs: ADMINISTRATORS,
    answer: async ({ body }) => {
      const { language, text } = await body<Schemas["PreviewMail"]>();
      const built_in = language === "de" ? "Benutzer: {user}\n{link}\n" : "User: {user}\n{link}\n";
      const wrong = text?.includes("{nobody}")
        ? "there is no {nobody}"
        : text?.trim() === "" && "the text is empty";
      if (wrong) {
        return problem(400, "bad-request", `The text cannot be read, line 1, column 1: ${wrong}.`);
      }
      const shown = (text ?? built_in)
        .replaceAll("{user}", "ana")
        .replaceAll("{link}", "https://kinescope:8443");
      return json({ built_in, shown } satisfies Schemas["MailPreview"]);
    },
  },
  {
    method: "GET",
    path: /^\/api\/v1\/deliveries$/,
    needs: [...ADMINISTRATORS, "logging-reader"],
    answer: ({ site, query }) => {
      const outcome = query.get("outcome");
      const items = site.data.deliveries.filter((item) => outcome === null || item.outcome === outcome);
      return json({ items, total: items.length } satisfies Schemas["DeliveryPage"]);
    },
  },
];
