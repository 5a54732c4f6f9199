/** The signed-in person's menu: theme, password, log out. */
import {
  Divider,
  Dropdown,
  DropdownGroup,
  DropdownItem,
  DropdownList,
  MenuToggle,
  type MenuToggleElement,
} from "@patternfly/react-core";
import { UserIcon } from "@patternfly/react-icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type Ref, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { dataOf } from "../api/problem";
import { ChangePassword } from "./ChangePassword";
import { chooseTheme, THEMES, type Theme, useTheme } from "./theme";

export function UserMenu({ user, version }: { user: string; version: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [changing, setChanging] = useState(false);
  const theme = useTheme();
  const logout = useLogout();

  const choose = (_event: unknown, value: string | number | undefined) => {
    if (value === "password") {
      setChanging(true);
    } else if (value === "logout") {
      logout();
    } else {
      chooseTheme(value as Theme);
      return;
    }
    setOpen(false);
  };

  return (
    <>
      <Dropdown
        isOpen={open}
        onOpenChange={setOpen}
        onSelect={choose}
        popperProps={{ position: "right" }}
        toggle={(ref: Ref<MenuToggleElement>) => (
          <MenuToggle
            ref={ref}
            variant="plainText"
            isExpanded={open}
            icon={<UserIcon />}
            aria-label={t("user.menu", { user })}
            onClick={() => setOpen(!open)}
          >
            {user}
          </MenuToggle>
        )}
      >
        <DropdownGroup label={t("user.theme")}>
          <DropdownList>
            {THEMES.map((one) => (
              <DropdownItem key={one} value={one} isSelected={one === theme} isAriaDisabled={false}>
                {t(`theme.${one}`)}
              </DropdownItem>
            ))}
          </DropdownList>
        </DropdownGroup>
        <Divider />
        <DropdownList>
          <DropdownItem value="password">{t("user.changePassword")}</DropdownItem>
          <DropdownItem value="logout">{t("user.logout")}</DropdownItem>
        </DropdownList>
        <Divider />
        <div className="kinescope-version">{t("shell.version", { version })}</div>
      </Dropdown>
      {changing && <ChangePassword onClose={() => setChanging(false)} />}
    </>
  );
}

function useLogout(): () => void {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const logout = useMutation({
    mutationFn: () => dataOf(api.POST("/api/v1/logout")),
    // Also where the server could not be told: whoever leaves must not find the page still open.
    onSettled: async () => {
      await navigate({ to: "/login" });
      queryClient.clear();
    },
  });
  return () => logout.mutate();
}
