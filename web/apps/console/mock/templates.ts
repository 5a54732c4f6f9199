/** The mock site's templates of triggers. */
import type { Schemas } from "@kinescope/api-client";
import { json, nothing, problem } from "./answers.ts";
import { ADMINISTRATORS, POLICY_READERS } from "./policies.ts";
import type { Route } from "./site.ts";

const BUILT_IN: Schemas["TemplateItem"] = {
  id: "Somebody becomes root",
  built_in: true,
  revision: 0,
  template: {
    name: "Somebody becomes root",
    theme: "Privileges",
    category: "Programs",
    keywords: ["sudo", "su"],
    trigger: {
      description: "Somebody becomes root",
      event: "program-start",
      conditions: [{ field: "program", test: { matches: "(^|/)(sudo|su)$" } }],
      actions: ["record-screen", "mail"],
    },
  },
};

export const TEMPLATE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: /^\/api\/v1\/trigger-templates$/,
    needs: POLICY_READERS,
    answer: ({ site }) =>
      json({ items: [BUILT_IN, ...site.data.templates] } satisfies Schemas["TemplateList"]),
  },
  {
    method: "POST",
    path: /^\/api\/v1\/trigger-templates$/,
    needs: ADMINISTRATORS,
    answer: async ({ site, me, body }) => {
      const { template } = await body<Schemas["CreateTemplate"]>();
      if (site.data.templates.some((one) => one.template.name === template.name)) {
        return problem(409, "conflict", `There is a template “${template.name}” already.`);
      }
      const id = String(site.data.templates.length + 1).padStart(32, "0");
      const item = { id, built_in: false, author: me.user, changed_by: me.user, revision: 1, template };
      site.data.templates.push(item);
      return json(item, 201);
    },
  },
  {
    method: "DELETE",
    path: /^\/api\/v1\/trigger-templates\/([^/]+)$/,
    needs: ADMINISTRATORS,
    answer: ({ site, id }) => {
      site.data.templates = site.data.templates.filter((one) => one.id !== id);
      return nothing();
    },
  },
];
