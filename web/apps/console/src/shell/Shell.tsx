/** What surrounds every room: masthead, navigation, the banner of a demo deployment, keys that work everywhere. */
import {
  Banner,
  Button,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { KeyboardIcon } from "@patternfly/react-icons";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../api/client";
import { roomsFor } from "../app/access";
import { KeysDialog } from "./KeysDialog";
import { UserMenu } from "./UserMenu";
import { useKey } from "./useKey";

const MAIN = "main";

export function Shell() {
  const { t } = useTranslation();
  const me = useMe();
  const hasRooms = roomsFor(me.roles).length > 0;
  const [keysShown, setKeysShown] = useState(false);
  useKey("?", () => setKeysShown(true));
  useFocusOnNewPage();
  const rooms = useRoomsShown();

  const masthead = (
    <Masthead display={{ default: "inline" }}>
      <MastheadMain>
        {hasRooms && (
          <MastheadToggle>
            <PageToggleButton
              isHamburgerButton
              isSidebarOpen={rooms.open}
              onSidebarToggle={rooms.toggle}
              aria-label={t("shell.toggleNavigation")}
            />
          </MastheadToggle>
        )}
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link {...props} to="/" />}>
            <img src="/kinescope.svg" alt="" className="kinescope-logo" />
            <span className="kinescope-name">{t("product")}</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isFullHeight isStatic>
          <ToolbarContent>
            <ToolbarGroup align={{ default: "alignEnd" }} variant="action-group-plain">
              <ToolbarItem>
                <Button
                  variant="plain"
                  icon={<KeyboardIcon />}
                  aria-label={t("shell.keys")}
                  title={`${t("shell.keys")} (?)`}
                  onClick={() => setKeysShown(true)}
                />
              </ToolbarItem>
              <ToolbarItem>
                <UserMenu user={me.user} version={me.server.version} />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );

  return (
    <Page
      isContentFilled
      masthead={masthead}
      sidebar={hasRooms && <Rooms open={rooms.open} />}
      mainContainerId={MAIN}
      skipToContent={<SkipToContent href={`#${MAIN}`}>{t("shell.skip")}</SkipToContent>}
      banner={
        me.demo && (
          <Banner color="yellow" screenReaderText="">
            {t("shell.demo")}
          </Banner>
        )
      }
    >
      <Outlet />
      {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
    </Page>
  );
}

function Rooms({ open }: { open: boolean }) {
  const { t } = useTranslation();
  const rooms = roomsFor(useMe().roles);
  const path = useLocation({ select: (location) => location.pathname });
  return (
    <PageSidebar isSidebarOpen={open}>
      <PageSidebarBody>
        <Nav aria-label={t("shell.navigation")}>
          <NavList>
            {rooms.map((room) => (
              <NavItem key={room.name} isActive={path.startsWith(room.path)}>
                <Link to={room.path}>{t(`room.${room.name}`)}</Link>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}

/** From this width on there is room for the navigation beside the page; below it lies over the page (PatternFly's `xl`). */
const WIDE_PX = 1200;

/** The navigation is shown where there is room for it, but not beside a player: there the picture has the room. */
function useRoomsShown(): { open: boolean; toggle: () => void } {
  const path = useLocation({ select: (location) => location.pathname });
  const atPlayer = path.startsWith("/recordings/");
  const wanted = !atPlayer && window.innerWidth >= WIDE_PX;
  const [state, setState] = useState({ path, open: wanted });
  if (state.path !== path) {
    // Over the page it closes once a room was chosen; beside it, a choice made here holds until a player comes or goes.
    const crossed = state.path.startsWith("/recordings/") !== atPlayer;
    setState({ path, open: crossed || window.innerWidth < WIDE_PX ? wanted : state.open });
  }
  return { open: state.open, toggle: () => setState({ path, open: !state.open }) };
}

/** After a change of page, reading and tabbing go on in the new page and not where the old one had been left. */
function useFocusOnNewPage(): void {
  const path = useLocation({ select: (location) => location.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== path) {
      before.current = path;
      const main = document.getElementById(MAIN);
      // The page may have put the focus where its keys are.
      if (!main?.contains(document.activeElement)) {
        main?.focus({ preventScroll: true });
      }
    }
  }, [path]);
}
