//! Which programs are web browsers.

use detect::process::file_name;

/// By the names of their files.
const BROWSERS: [&str; 14] = [
    "brave",
    "chrome",
    "chromium",
    "epiphany",
    "falkon",
    "firefox",
    "firefox-bin",
    "firefox-esr",
    "konqueror",
    "librewolf",
    "msedge",
    "opera",
    "vivaldi-bin",
    "x-www-browser",
];

/// Whether the file that a program is run from is a browser's.
pub fn is_browser(program: &str) -> bool {
    BROWSERS.contains(&file_name(program))
}
