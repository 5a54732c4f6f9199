/** The whole console: queries, addresses, pages. */
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { makeQueryClient } from "./queryClient";
import { type AppRouter, makeRouter } from "./router";

export interface Console {
  queryClient: QueryClient;
  router: AppRouter;
}

/** Wires queries and addresses together: a session that ends leads to the login page and back. */
export function makeConsole(): Console {
  const queryClient = makeQueryClient(() => {
    const { href, pathname } = router.state.location;
    // Several queries may find out at once, and the login page itself asks nothing.
    if (pathname === "/login") {
      return;
    }
    // Who was never signed in here has no session that could end.
    const ended = queryClient.getQueryData(["me"]) === undefined ? undefined : "yes";
    void router.navigate({ to: "/login", search: { to: href, ended } }).then(() => queryClient.clear());
  });
  const router = makeRouter(queryClient);
  return { queryClient, router };
}

export function App({ queryClient, router }: Console) {
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
