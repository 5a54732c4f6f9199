/** Actions as they are called in lists. */
import type { TFunction } from "i18next";
import type { ResponseAction } from "../../api/responses";

export function actionName(action: ResponseAction | null | undefined, t: TFunction): string {
  return t(`responses.action.${action ?? "other"}`);
}
