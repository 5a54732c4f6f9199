/**
 * Client of the server's REST interface. The types in `generated/` are made from `crates/api/openapi.json` by
 * `npm run generate`; `npm run check` fails when they are older than that file.
 */
import createFetchClient, { type Client, type ClientOptions } from "openapi-fetch";
import type { components, paths } from "./generated/schema";

/** Shapes of requests and answers, by their names in the OpenAPI document. */
export type Schemas = components["schemas"];

/** What the server says when it does not serve a request. */
export type Problem = Schemas["Problem"];

/** Query of the list of recordings. */
export type RecordingQuery = NonNullable<paths["/api/v1/recordings"]["get"]["parameters"]["query"]>;

export type ApiClient = Client<paths>;

/** Makes a client; without options it speaks to the page's own origin with the session cookie. */
export function createApiClient(options: ClientOptions = {}): ApiClient {
  return createFetchClient<paths>({ credentials: "same-origin", ...options });
}
