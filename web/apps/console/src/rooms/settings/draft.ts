/** The setting as a form has it: every field a text or a choice. */
import type { NotificationPage, NotificationSetting, SubjectPart } from "../../api/notifications";

export const LANGUAGES = ["en", "fr", "de", "es", "ja", "zh-Hans"] as const;
export const SECURITIES = ["tls", "starttls", "none"] as const;
export const SUBJECT_PARTS = [
  "trigger",
  "event",
  "user",
  "machine",
  "detail",
] as const satisfies readonly SubjectPart[];

export interface Draft {
  publicAddress: string;
  mail: boolean;
  host: string;
  port: string;
  security: (typeof SECURITIES)[number];
  user: string;
  password: string;
  sender: string;
  perSecond: string;
  language: (typeof LANGUAGES)[number];
  subject: readonly SubjectPart[];
  /** Texts of mails that are not as built in. */
  texts: Readonly<Partial<Record<(typeof LANGUAGES)[number], string>>>;
  certificate: string;
  webhook: boolean;
  url: string;
  secret: string;
  hookCertificate: string;
}

/** `language` is that of a setting which has none yet. */
export function draftOf(
  { public_address, mail, webhook }: NotificationSetting,
  language: Draft["language"],
): Draft {
  return {
    publicAddress: public_address ?? "",
    mail: Boolean(mail),
    host: mail?.host ?? "",
    port: String(mail?.port ?? 587),
    security: mail?.security ?? "starttls",
    user: mail?.user ?? "",
    password: "",
    sender: mail?.sender ?? "",
    perSecond: String(mail?.per_second ?? 25),
    language: mail?.language ?? language,
    subject: mail?.subject ?? ["trigger", "user", "machine"],
    texts: mail?.texts ?? {},
    certificate: mail?.certificate ?? "",
    webhook: Boolean(webhook),
    url: webhook?.url ?? "",
    secret: "",
    hookCertificate: webhook?.certificate ?? "",
  };
}

/** Without what is empty, in the order in which the server writes it. */
export function settingOf(draft: Draft): NotificationSetting {
  const some = (text: string) => (text.trim() === "" ? undefined : text.trim());
  const [publicAddress, user] = [some(draft.publicAddress), some(draft.user)];
  const texts = LANGUAGES.flatMap((one) => {
    const text = draft.texts[one];
    return text === undefined ? [] : [[one, text] as const];
  });
  const [certificate, hookCertificate] = [some(draft.certificate), some(draft.hookCertificate)];
  return {
    ...(publicAddress && { public_address: publicAddress }),
    ...(draft.mail && {
      mail: {
        host: draft.host.trim(),
        port: Number(draft.port),
        security: draft.security,
        ...(user && { user }),
        sender: draft.sender.trim(),
        per_second: Number(draft.perSecond),
        language: draft.language,
        subject: [...draft.subject],
        ...(texts.length > 0 && { texts: Object.fromEntries(texts) }),
        ...(certificate && { certificate }),
      },
    }),
    ...(draft.webhook && {
      webhook: { url: draft.url.trim(), ...(hookCertificate && { certificate: hookCertificate }) },
    }),
  };
}

export type Fault = "host" | "port" | "sender" | "perSecond" | "url" | "secret";

/** What the server would refuse without having tried anything; the rest it says itself. */
export function faultsOf(draft: Draft, page: NotificationPage): Fault[] {
  const whole = (text: string, most: number) =>
    /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= most;
  const faults: (Fault | false)[] = [
    draft.mail && draft.host.trim() === "" && "host",
    draft.mail && !whole(draft.port, 65_535) && "port",
    draft.mail && !draft.sender.includes("@") && "sender",
    draft.mail && !whole(draft.perSecond, 100) && "perSecond",
    draft.webhook && draft.url.trim() === "" && "url",
    draft.webhook && (draft.secret === "" ? !page.has_secret : draft.secret.length < 16) && "secret",
  ];
  return faults.filter((fault) => fault !== false);
}

/** 256 random bits in hex. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
