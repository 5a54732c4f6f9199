/** Keys that were given: kept until there is an engine, and handed on when a recording is opened anew. In the worker. */
import type { Engine } from "../wasm/engine.js";
import type { FromWorker, KeyOutcome, Sealed, ToWorker } from "./messages.ts";

type GivenKey = Extract<ToWorker, { type: "key" }>;

export class KeyIntake {
  private readonly post: (message: FromWorker) => void;
  private waiting: GivenKey[] = [];
  private former: Engine | undefined;

  constructor(post: (message: FromWorker) => void) {
    this.post = post;
  }

  /** Takes a key, now or as soon as there is an engine. */
  take(engine: Engine | undefined, message: GivenKey): void {
    if (!engine) {
      this.waiting.push(message);
      return;
    }
    const [outcome = "unusable", detail = ""] = engine.add_key(message.file, message.passphrase);
    this.post({ type: "key", id: message.id, answer: { outcome: outcome as KeyOutcome, detail } });
  }

  /** An engine makes way for another one, that shall have its keys. */
  retire(engine: Engine | undefined): void {
    this.former?.free();
    this.former = engine;
  }

  /** A recording is open. */
  welcome(engine: Engine): void {
    if (this.former) engine.adopt_keys(this.former);
    this.retire(undefined);
    for (const message of this.waiting.splice(0)) this.take(engine, message);
  }
}

/** What the engine says of sealing; nothing where all stands open. */
export function sealedOf(engine: Engine): Sealed | null {
  const classes = engine.sealed_classes();
  if (classes.length === 0) return null;
  return { classes, recipients: engine.recipients(), opened: engine.has_key, locked: engine.locked };
}
