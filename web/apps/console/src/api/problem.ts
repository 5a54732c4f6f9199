/** What the server says when it does not serve a request, as an exception. */
import type { Problem } from "@kinescope/api-client";

export class ApiError extends Error {
  /** HTTP status; 0 where the server could not be reached. */
  readonly status: number;
  readonly code: Problem["code"] | "unreachable";
  /** What to do about it, in the server's words; empty where it said nothing. */
  readonly help: string;

  constructor(status: number, code: ApiError["code"], message: string, help: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.help = help;
  }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" && value !== null && "code" in value && "message" in value && "help" in value
  );
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Waits for an answer and gives its data, or throws an `ApiError` that can be shown. */
export async function dataOf<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch (cause) {
    throw new ApiError(0, "unreachable", cause instanceof Error ? cause.message : String(cause), "");
  }
  if (answer.response.ok) {
    return answer.data as T;
  }
  if (isProblem(answer.error)) {
    throw new ApiError(answer.response.status, answer.error.code, answer.error.message, answer.error.help);
  }
  // A proxy's page, or a server that went down while answering.
  throw new ApiError(answer.response.status, "internal", answer.response.statusText, "");
}

/** True where asking again later may help, and nobody has to change anything for it. */
export function isPassing(error: unknown): boolean {
  return error instanceof ApiError && [0, 408, 429, 502, 503, 504].includes(error.status);
}
