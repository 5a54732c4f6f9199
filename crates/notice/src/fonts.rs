//! The machine's fonts. Those in users' own folders are left out: a user could give the window a font that shows nothing.

use cosmic_text::fontdb::Database;
use cosmic_text::{Attrs, Fallback, Family, FontSystem, Metrics, Shaping};
use unicode_script::Script;

/// Where the machine's own fonts lie.
const FOLDERS: &[&str] = &["/usr/share/fonts", "/usr/local/share/fonts"];

/// Families that are good to read, best first.
const FAMILIES: &[&str] =
    &["Noto Sans", "Cantarell", "Inter", "Open Sans", "Liberation Sans", "DejaVu Sans", "FreeSans"];

/// Further fonts for scripts that these lack. What is not named here is found by looking through all fonts.
const FALLBACKS: &[&str] = &["Noto Sans", "DejaVu Sans", "FreeSans", "Liberation Sans", "Noto Sans Symbols"];

const JAPANESE: &[&str] = &[
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "IPAexGothic",
    "IPAPGothic",
    "IPAGothic",
    "VL PGothic",
    "VL Gothic",
    "TakaoPGothic",
];
const SIMPLIFIED: &[&str] =
    &["Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback"];
const TRADITIONAL: &[&str] =
    &["Noto Sans CJK TC", "Noto Sans TC", "Noto Sans CJK HK", "AR PL UMing TW", "WenQuanYi Zen Hei"];
const KOREAN: &[&str] = &["Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "UnDotum", "Baekmuk Dotum"];

/// The machine's fonts, for texts in one language.
pub struct Fonts {
    pub(crate) system: FontSystem,
    family: Option<&'static str>,
}

struct Preferred {
    language: String,
}

impl Fallback for Preferred {
    fn common_fallback(&self) -> &[&'static str] {
        FALLBACKS
    }

    fn forbidden_fallback(&self) -> &[&'static str] {
        &[]
    }

    /// The same characters are written differently in China, Japan and Korea.
    fn script_fallback(&self, script: Script, _locale: &str) -> &[&'static str] {
        let tag = self.language.to_ascii_lowercase();
        let traditional = ["zh-tw", "zh-hk", "zh-mo", "zh-hant"].iter().any(|prefix| tag.starts_with(prefix));
        match script {
            Script::Hangul => KOREAN,
            Script::Hiragana | Script::Katakana => JAPANESE,
            Script::Han if tag.starts_with("ja") => JAPANESE,
            Script::Han if tag.starts_with("ko") => KOREAN,
            Script::Han | Script::Bopomofo if traditional => TRADITIONAL,
            Script::Han | Script::Bopomofo => SIMPLIFIED,
            Script::Arabic => &["Noto Sans Arabic", "Noto Naskh Arabic", "DejaVu Sans"],
            Script::Hebrew => &["Noto Sans Hebrew", "DejaVu Sans"],
            Script::Devanagari => &["Noto Sans Devanagari", "Lohit Devanagari"],
            Script::Thai => &["Noto Sans Thai", "Garuda", "Loma"],
            _ => &[],
        }
    }
}

impl Fonts {
    /// Finds the machine's fonts; takes some tenths of a second.
    pub fn of_the_machine(language: &str) -> Self {
        let mut database = Database::new();
        for folder in FOLDERS {
            database.load_fonts_dir(folder);
        }
        Self::of(database, language)
    }

    pub(crate) fn of(database: Database, language: &str) -> Self {
        let has = |family: &str| database.faces().any(|face| face.families.iter().any(|(name, _)| name == family));
        let family = FAMILIES.iter().copied().find(|family| has(family));
        let fallback = Preferred { language: language.to_owned() };
        let system = FontSystem::new_with_locale_and_db_and_fallback(language.to_owned(), database, fallback);
        Self { system, family }
    }

    /// How text is set.
    pub(crate) fn attributes(&self) -> Attrs<'static> {
        Attrs::new().family(self.family.map_or(Family::SansSerif, Family::Name))
    }

    /// Whether there is a glyph for every character of a text that shows.
    pub fn can_write(&mut self, text: &str) -> bool {
        if self.system.db().is_empty() {
            return false;
        }
        let attributes = self.attributes();
        let mut buffer = cosmic_text::Buffer::new_empty(Metrics::new(16.0, 24.0));
        buffer.set_size(None, None);
        buffer.set_text(text, &attributes, Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.system, false);
        // Glyph 0 is what fonts show for characters that they do not have.
        buffer.layout_runs().all(|run| {
            run.glyphs.iter().all(|glyph| {
                let shown = run.text.get(glyph.start..glyph.end).unwrap_or_default();
                glyph.glyph_id != 0 || shown.chars().all(|c| c.is_whitespace() || is_format(c))
            })
        })
    }
}

/// Marks of direction and joining, which no font needs to show.
fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// Whether this machine has fonts for a text in a language.
pub fn can_write(language: &str, text: &str) -> bool {
    Fonts::of_the_machine(language).can_write(text)
}
