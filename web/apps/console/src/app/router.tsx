/** Addresses of the console. Which room needs which role is said in `access.ts`. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { lazy } from "react";
import { meQuery } from "../api/client";
import { ApiError } from "../api/problem";
import { CrashPage, NotFoundPage } from "../feedback/WholePage";
import { AuditPage } from "../rooms/audit/AuditPage";
import { NumbersPage } from "../rooms/audit/NumbersPage";
import { LoginPage } from "../rooms/login/LoginPage";
import { MachinesPage } from "../rooms/machines/MachinesPage";
import { PeoplePage } from "../rooms/people/PeoplePage";
import { NoticesPage } from "../rooms/policies/notices/NoticesPage";
import { DetectionPoliciesPage, PoliciesPage } from "../rooms/policies/PoliciesPage";
import { DetectionPolicyPage, PolicyPage } from "../rooms/policies/PolicyPage";
import { RecordingsPage } from "../rooms/recordings/RecordingsPage";
import { ResponsesPage } from "../rooms/responses/ResponsesPage";
import { SessionsPage } from "../rooms/sessions/SessionsPage";
import { SettingsPage } from "../rooms/settings/SettingsPage";
import { SuccessPage } from "../rooms/success/SuccessPage";
import { Shell } from "../shell/Shell";
import { roomsFor } from "./access";
import { parseAddress, writeAddress } from "./address";
import { NoRolePage, room } from "./Room";
import {
  readAuditSearch,
  readLoginSearch,
  readNoticesSearch,
  readPlayerSearch,
  readRecordingsSearch,
  readResponsesSearch,
  readSuccessSearch,
} from "./search";

// The player is the largest part and not needed to find a recording.
const PlayerPage = lazy(() => import("../rooms/player/PlayerPage"));

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: readLoginSearch,
  component: LoginPage,
});

const session = createRoute({
  getParentRoute: () => root,
  id: "session",
  beforeLoad: async ({ context, location }) => {
    try {
      return { me: await context.queryClient.ensureQueryData(meQuery) };
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        throw redirect({ to: "/login", search: { to: location.href } });
      }
      throw error;
    }
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => session,
  path: "/",
  beforeLoad: ({ context }) => {
    const [first] = roomsFor(context.me.roles);
    if (first) {
      throw redirect({ to: first.path, replace: true });
    }
  },
  component: NoRolePage,
});

const recordings = createRoute({
  getParentRoute: () => session,
  path: "/recordings",
  validateSearch: readRecordingsSearch,
  component: room("recordings", RecordingsPage),
});

const player = createRoute({
  getParentRoute: () => session,
  path: "/recordings/$id",
  validateSearch: readPlayerSearch,
  component: room("recordings", PlayerPage),
});

const responses = createRoute({
  getParentRoute: () => session,
  path: "/responses",
  validateSearch: readResponsesSearch,
  component: room("responses", ResponsesPage),
});

const sessions = createRoute({
  getParentRoute: () => session,
  path: "/sessions",
  component: room("sessions", SessionsPage),
});

const policies = createRoute({
  getParentRoute: () => session,
  path: "/policies",
  component: room("policies", PoliciesPage),
});

const notices = createRoute({
  getParentRoute: () => session,
  path: "/policies/notices",
  validateSearch: readNoticesSearch,
  component: room("policies", NoticesPage),
});

const detectionPolicies = createRoute({
  getParentRoute: () => session,
  path: "/policies/detection",
  component: room("policies", DetectionPoliciesPage),
});

const detectionPolicy = createRoute({
  getParentRoute: () => session,
  path: "/policies/detection/$id",
  component: room("policies", DetectionPolicyPage),
});

const policy = createRoute({
  getParentRoute: () => session,
  path: "/policies/$id",
  component: room("policies", PolicyPage),
});

const machines = createRoute({
  getParentRoute: () => session,
  path: "/machines",
  component: room("machines", MachinesPage),
});

const audit = createRoute({
  getParentRoute: () => session,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: room("audit", AuditPage),
});

const numbers = createRoute({
  getParentRoute: () => session,
  path: "/audit/numbers",
  component: room("audit", NumbersPage),
});

const success = createRoute({
  getParentRoute: () => session,
  path: "/success",
  validateSearch: readSuccessSearch,
  component: room("success", SuccessPage),
});

const people = createRoute({
  getParentRoute: () => session,
  path: "/people",
  component: room("people", PeoplePage),
});

const settings = createRoute({
  getParentRoute: () => session,
  path: "/settings",
  component: room("settings", SettingsPage),
});

const routeTree = root.addChildren([
  login,
  session.addChildren([
    home,
    recordings,
    player,
    responses,
    sessions,
    policies,
    notices,
    detectionPolicies,
    detectionPolicy,
    policy,
    machines,
    audit,
    numbers,
    success,
    people,
    settings,
  ]),
]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    parseSearch: parseAddress,
    stringifySearch: writeAddress,
    defaultErrorComponent: CrashPage,
    // Answers mostly come at once; a blank moment is quieter than a page of spinners.
    defaultPendingMs: 400,
  });
}

export type AppRouter = ReturnType<typeof makeRouter>;

declare module "@tanstack/react-router" {
  interface Register {
    router: AppRouter;
  }
}
