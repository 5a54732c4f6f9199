/** Which roles a person holds, as boxes to tick. */
import { Checkbox, FormGroup } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { ROLES, type Role } from "../../app/access";

interface RoleChoiceProps {
  roles: readonly Role[];
  change: (roles: Role[]) => void;
  /** A role that cannot be taken away here, and why. */
  kept?: { role: Role; why: string } | undefined;
}

export function RoleChoice({ roles, change, kept }: RoleChoiceProps) {
  const { t } = useTranslation();
  return (
    <FormGroup role="group" fieldId="roles" label={t("people.roles")} isStack>
      {ROLES.map((role) => {
        const fixed = kept?.role === role && roles.includes(role);
        return (
          <Checkbox
            key={role}
            id={`role-${role}`}
            label={t(`role.${role}`)}
            description={fixed ? kept?.why : t(`roleHelp.${role}`)}
            isChecked={roles.includes(role)}
            isDisabled={fixed}
            onChange={(_event, checked) =>
              change(checked ? [...roles, role] : roles.filter((one) => one !== role))
            }
          />
        );
      })}
    </FormGroup>
  );
}
