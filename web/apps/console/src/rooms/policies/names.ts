/** Names of policies for people. Built-in ones have texts; another one is called as the server calls it. */
import type { TFunction } from "i18next";
import type en from "../../locales/en.json";

type BuiltIn = keyof typeof en.policyTitle;

export const DO_NOT_RECORD: BuiltIn = "do-not-record";

function isBuiltIn(name: string, t: TFunction): name is BuiltIn {
  return t(`policyTitle.${name as BuiltIn}`, { defaultValue: "" }) !== "";
}

export function policyTitle(name: string, t: TFunction): string {
  return isBuiltIn(name, t) ? t(`policyTitle.${name}`) : name;
}

export function policyHelp(choice: { name: string; description: string }, t: TFunction): string {
  return isBuiltIn(choice.name, t) ? t(`policyHelp.${choice.name}`) : choice.description;
}

type SealClass = keyof typeof en.sealClass;

/** What a class of sealing is to people; one of a later version is called as the server calls it. */
export function sealClassText(name: string, t: TFunction): string {
  return t(`sealClass.${name as SealClass}`, { defaultValue: name });
}
