/** How answers of the server are kept and asked for again, and what happens when the session has ended. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError, isPassing } from "../api/problem";

/** Passing troubles are waited out this often before they are shown. */
const RETRIES = 3;

/** `onSessionEnd` is called when the server says that nobody is signed in any more. */
export function makeQueryClient(onSessionEnd: () => void): QueryClient {
  const watch = (error: Error) => {
    if (error instanceof ApiError && error.code === "not-signed-in") {
      onSessionEnd();
    }
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    mutationCache: new MutationCache({ onError: watch }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => isPassing(error) && failures < RETRIES,
        staleTime: 2_000,
        // What was shown before stays while the next answer is on its way: nothing jumps.
        structuralSharing: true,
      },
      mutations: { retry: false },
    },
  });
}
