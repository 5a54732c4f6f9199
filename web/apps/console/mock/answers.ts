/** Answers as the server gives them. */
import type { Schemas } from "@kinescope/api-client";

export function problem(status: number, code: Schemas["ProblemCode"], message: string, help = ""): Response {
  return Response.json({ code, message, help } satisfies Schemas["Problem"], { status });
}

export function json<T>(body: T, status = 200): Response {
  return Response.json(body, { status });
}

export const nothing = () => new Response(null, { status: 204 });
