/** How an order is called: a start adds the screen where events are recorded already. */
import type { Order, Session } from "../../api/sessions";

export function wordsOf(order: Order, sessions: readonly Session[]): Order | "screen" {
  const eventsOnly = sessions.length > 0 && sessions.every((session) => session.events_only);
  return order === "start" && eventsOnly ? "screen" : order;
}
