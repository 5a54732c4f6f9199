/** Names of policies for people. Built-in ones have texts; another one is called as its author called it. */
import type { TFunction } from "i18next";
import type { Policy, PolicyKind } from "../../api/policies";
import type en from "../../locales/en.json";

/** Where the policies of a kind are. */
export const PAGES = {
  recording: { all: "/policies", one: "/policies/$id" },
  detection: { all: "/policies/detection", one: "/policies/detection/$id" },
} as const satisfies Record<PolicyKind, { all: string; one: string }>;

/** What is active where no policy is: nothing that could be copied. */
export const MACHINE_SETTINGS = "machine-settings";

type BuiltIn = keyof typeof en.policyTitle;

export const DO_NOT_RECORD: BuiltIn = "do-not-record";

/** By the name that recordings carry. */
export function policyTitle(name: string, t: TFunction): string {
  return t(`policyTitle.${name as BuiltIn}`, { defaultValue: name });
}

export function titleOf(policy: Policy, t: TFunction): string {
  return policy.built_in
    ? t(`policyTitle.${policy.id as BuiltIn}`, { defaultValue: policy.name })
    : policy.name;
}

export function helpOf(policy: Policy, t: TFunction): string {
  return policy.built_in
    ? t(`policyHelp.${policy.id as BuiltIn}`, { defaultValue: policy.name })
    : policy.description;
}

type SealClass = keyof typeof en.sealClass;

/** What a class of sealing is to people; one of a later version is called as the server calls it. */
export function sealClassText(name: string, t: TFunction): string {
  return t(`sealClass.${name as SealClass}`, { defaultValue: name });
}
