/** What a page asks a worker for, and what it answers. In the page. */
import type {
  DocumentAnswer,
  DocumentTrouble,
  FromWorker,
  KeyAnswer,
  Picture,
  PrintedDocument,
  ToWorker,
} from "./messages.ts";
import { Questions } from "./questions.ts";

/** Why a document cannot be had. */
export class DocumentError extends Error {
  readonly trouble: DocumentTrouble;

  constructor(trouble: DocumentTrouble) {
    super(`the document cannot be had: ${trouble}`);
    this.trouble = trouble;
  }
}

type Answer = Extract<FromWorker, { type: "key" | "pixels" | "document" }>;

export class Asked {
  private readonly keys = new Questions<KeyAnswer>({ outcome: "unusable", detail: "" });
  private readonly pictures = new Questions<Picture | null>(null);
  private readonly documents = new Questions<DocumentAnswer>("closed");
  private readonly send: (message: ToWorker) => boolean;

  /** `send` says whether there is a worker. */
  constructor(send: (message: ToWorker) => boolean) {
    this.send = send;
  }

  key(file: string, passphrase: string): Promise<KeyAnswer> {
    return this.keys.ask((id) => this.put({ type: "key", id, file, passphrase }));
  }

  pixels(from: "engine" | "canvas"): Promise<Picture | null> {
    return this.pictures.ask((id) => this.put({ type: "pixels", id, from }));
  }

  async document(time_us: number, text: string): Promise<PrintedDocument[]> {
    const at = Math.max(0, Math.round(time_us));
    const answer = await this.documents.ask((id) => this.put({ type: "document", id, at, text }));
    if (typeof answer === "string") throw new DocumentError(answer);
    return answer;
  }

  answer(message: Answer): void {
    if (message.type === "key") this.keys.answer(message.id, message.answer);
    else if (message.type === "pixels") this.pictures.answer(message.id, message.picture);
    else this.documents.answer(message.id, message.answer);
  }

  /** The worker is gone. */
  giveUp(): void {
    this.keys.giveUp();
    this.pictures.giveUp();
    this.documents.giveUp();
  }

  private put(message: ToWorker): void {
    if (!this.send(message)) this.giveUp();
  }
}
