/** Which message stands over the picture, if any: troubles first, then what is missing, then what is under way. */
import type { Mark, Sealed, Status, Trouble } from "./messages.ts";
import { eventsAreSealed } from "./performance.ts";
import type { Message } from "./stage.ts";
import type { PlayerTexts } from "./texts.ts";

/** What messages need of the player. */
export interface NoticeHost {
  missing(mark: Mark): string;
  moment(us: number): string;
  retry(): void;
  seek(us: number): void;
  /** Names of those who can open the recording. */
  recipients(sealed: Sealed): string;
  askForKey(): void;
}

/** The message for a status. */
export function messageFor(status: Status, texts: PlayerTexts, host: NoticeHost): Message | null {
  if (status.trouble) return trouble(status.trouble, status, texts, host);
  if (status.sealed?.locked) {
    return {
      busy: false,
      dark: true,
      text: texts.sealed,
      detail: texts.sealedFor(host.recipients(status.sealed)),
      action: { label: texts.openWithKey, run: () => host.askForKey() },
    };
  }
  if (status.notice) return missing(status.notice, status, texts, host);
  if (status.state === "loading") return { busy: true, text: texts.loading };
  const picture = status.width > 0;
  if (status.live && status.tail === "lost") return { busy: true, text: texts.reconnecting, quiet: picture };
  if (status.live && status.tail === "silent" && status.following) {
    return { busy: false, text: texts.silent, quiet: picture };
  }
  if (picture) return null;
  if (!status.hasPicture && status.figuresRead) {
    return { busy: false, text: texts.noPicture, detail: eventsAreSealed(status) ? "" : texts.notLogged };
  }
  return { busy: true, text: status.live ? texts.waitingForPicture : texts.buffering };
}

function trouble(trouble: Trouble, status: Status, texts: PlayerTexts, host: NoticeHost): Message {
  const seconds = Math.max(0, Math.ceil((trouble.retryAt - Date.now()) / 1000));
  const next = trouble.retryAt > 0 ? ` ${texts.retryIn(seconds)}` : "";
  const message: Message = {
    busy: false,
    text: `${texts[trouble.kind]}${next}`,
    detail: trouble.detail,
    quiet: status.width > 0,
  };
  if (trouble.kind !== "engine") message.action = { label: texts.retryNow, run: () => host.retry() };
  return message;
}

function missing(notice: Mark, status: Status, texts: PlayerTexts, host: NoticeHost): Message {
  const message: Message = {
    busy: false,
    dark: true,
    text: host.missing(notice),
    detail: [texts.reasons[notice.kind], notice.text].filter(Boolean).join(" "),
  };
  if (notice.to < status.edge && notice.to > status.position) {
    message.action = { label: texts.skipTo(host.moment(notice.to)), run: () => host.seek(notice.to) };
  }
  return message;
}
