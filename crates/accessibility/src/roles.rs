//! Roles and states of objects, by AT-SPI's numbers (`AtspiRole`, `AtspiStateType`), as far as they matter here.

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role(pub u32);

const ALERT: u32 = 2;
const COLOR_CHOOSER: u32 = 9;
const DIALOG: u32 = 16;
const FILE_CHOOSER: u32 = 19;
const FILLER: u32 = 20;
const FONT_CHOOSER: u32 = 22;
const FRAME: u32 = 23;
const LABEL: u32 = 29;
const LAYERED_PANE: u32 = 30;
const MENU: u32 = 33;
const MENU_BAR: u32 = 34;
const OPTION_PANE: u32 = 36;
const PAGE_TAB: u32 = 37;
const PAGE_TAB_LIST: u32 = 38;
const PANEL: u32 = 39;
const PASSWORD_TEXT: u32 = 40;
const POPUP_MENU: u32 = 41;
const PUSH_BUTTON: u32 = 43;
const ROOT_PANE: u32 = 46;
const SCROLL_PANE: u32 = 49;
const SPLIT_PANE: u32 = 53;
const STATUS_BAR: u32 = 54;
const TEXT: u32 = 61;
const TOGGLE_BUTTON: u32 = 62;
const TOOL_BAR: u32 = 63;
const VIEWPORT: u32 = 68;
const WINDOW: u32 = 69;
const PARAGRAPH: u32 = 73;
const ENTRY: u32 = 79;
const HEADING: u32 = 83;
const SECTION: u32 = 85;
const FORM: u32 = 87;
const DOCUMENT_TEXT: u32 = 94;
const DOCUMENT_WEB: u32 = 95;
const GROUPING: u32 = 99;
const NOTIFICATION: u32 = 101;
const INFO_BAR: u32 = 102;
const ARTICLE: u32 = 109;
const LANDMARK: u32 = 110;
const STATIC: u32 = 116;

impl Role {
    /// A field that passwords are typed into.
    pub const PASSWORD: Self = Self(PASSWORD_TEXT);

    /// Ordinary text is typed into it, where its states say that somebody can type.
    pub fn is_ordinary_field(self) -> bool {
        matches!(self.0, TEXT | ENTRY | PARAGRAPH | DOCUMENT_TEXT)
    }

    /// A window that asks or tells something.
    pub fn is_dialog(self) -> bool {
        matches!(self.0, ALERT | DIALOG | COLOR_CHOOSER | FILE_CHOOSER | FONT_CHOOSER)
    }

    /// A window.
    pub fn is_window(self) -> bool {
        self.is_dialog() || matches!(self.0, FRAME | WINDOW)
    }

    /// Words that a program shows: its name says them.
    pub fn is_label(self) -> bool {
        matches!(self.0, LABEL | STATIC | HEADING | PARAGRAPH)
    }

    /// Words that a program shows, or a field to type into: its states say which.
    pub fn is_text(self) -> bool {
        self.0 == TEXT
    }

    /// What only holds others. Lists, tables, menus, fields and whatever is not known are not looked into.
    pub fn is_container(self) -> bool {
        self.is_window()
            || matches!(self.0, FILLER | LAYERED_PANE | OPTION_PANE | PAGE_TAB | PAGE_TAB_LIST | PANEL | ROOT_PANE)
            || matches!(self.0, SCROLL_PANE | SPLIT_PANE | STATUS_BAR | VIEWPORT | SECTION | FORM | GROUPING)
            || matches!(self.0, NOTIFICATION | INFO_BAR | ARTICLE | LANDMARK | PARAGRAPH)
    }

    /// A page of a browser.
    pub fn is_page(self) -> bool {
        self.0 == DOCUMENT_WEB
    }

    /// A part of a browser's window in which no page is.
    pub fn has_no_page(self) -> bool {
        self.is_label()
            || matches!(self.0, MENU | MENU_BAR | POPUP_MENU | TOOL_BAR | PAGE_TAB | PAGE_TAB_LIST)
            || matches!(self.0, PUSH_BUTTON | TOGGLE_BUTTON | TEXT | STATUS_BAR)
            || self.is_dialog()
    }
}

/// The first 32 of an object's states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct States(pub u32);

impl States {
    /// Those of what has the keyboard, as bits.
    pub const FOCUSED: [u32; 2] = [1 << 12, 0];

    /// A window that is used now.
    pub fn is_active(self) -> bool {
        self.has(1)
    }

    /// It takes more than one line.
    pub fn is_multi_line(self) -> bool {
        self.has(17)
    }

    /// It has the keyboard.
    pub fn is_focused(self) -> bool {
        self.has(12)
    }

    /// Somebody can type into it.
    pub fn is_editable(self) -> bool {
        self.has(7)
    }

    /// It and all that it is in can be seen.
    pub fn is_showing(self) -> bool {
        self.has(25)
    }

    fn has(self, state: u32) -> bool {
        self.0 & (1 << state) != 0
    }
}
