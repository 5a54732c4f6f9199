//! Languages as tags, and those that a user prefers.

use serde::{Deserialize, Serialize};

/// Bytes of a tag.
const MAX_BYTES: usize = 35;

/// A language as a tag (BCP 47), such as `de`, `pt-BR` or `zh-Hans`. Compared in any case of letters.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

/// No language's tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a language is given as a tag such as de, pt-BR or zh-CN")]
pub struct InvalidLanguage;

impl Default for Language {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Language {}

impl TryFrom<String> for Language {
    type Error = InvalidLanguage;

    fn try_from(text: String) -> Result<Self, InvalidLanguage> {
        let mut parts = text.split('-');
        let primary = parts.next().unwrap_or_default();
        let valid = (2..=8).contains(&primary.len())
            && primary.chars().all(|c| c.is_ascii_alphabetic())
            && parts.all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
            && text.len() <= MAX_BYTES;
        if valid { Ok(Self(text)) } else { Err(InvalidLanguage) }
    }
}

impl std::str::FromStr for Language {
    type Err = InvalidLanguage;

    fn from_str(text: &str) -> Result<Self, InvalidLanguage> {
        text.to_owned().try_into()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Language {
    /// The tongue without region and script.
    pub(super) fn primary(&self) -> String {
        self.0.split('-').next().unwrap_or_default().to_ascii_lowercase()
    }

    /// The same with its last part left off.
    pub(super) fn wider(&self) -> Option<Self> {
        self.0.rsplit_once('-').map(|(wider, _)| Self(wider.to_owned()))
    }

    /// Chinese is written in two ways, and who reads one may not read the other.
    pub(super) fn is_traditional(&self) -> bool {
        let mut parts = self.0.split('-').skip(1);
        self.primary() == "zh"
            && parts.any(|part| ["hant", "tw", "hk", "mo"].contains(&part.to_ascii_lowercase().as_str()))
    }

    /// Whether a text in this language serves somebody who reads the other.
    pub(super) fn serves(&self, other: &Self) -> bool {
        self.primary() == other.primary() && self.is_traditional() == other.is_traditional()
    }
}

/// What a user's environment says about languages, as gettext reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locale {
    /// `LANGUAGE`: a list of locales.
    pub language: Option<String>,
    /// `LC_ALL`.
    pub lc_all: Option<String>,
    /// `LC_MESSAGES`.
    pub lc_messages: Option<String>,
    /// `LANG`.
    pub lang: Option<String>,
}

impl Locale {
    /// Whether it says nothing at all.
    pub fn is_silent(&self) -> bool {
        [&self.language, &self.lc_all, &self.lc_messages, &self.lang]
            .into_iter()
            .all(|value| value.as_deref().unwrap_or_default().is_empty())
    }

    /// The languages, best first. None where the locale is the plain one (`C`).
    pub fn languages(&self) -> Vec<Language> {
        let set = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let locale = set(&self.lc_all).or_else(|| set(&self.lc_messages)).or_else(|| set(&self.lang));
        let Some(of_locale) = locale.as_deref().and_then(tag) else { return Vec::new() };
        let listed = self.language.as_deref().unwrap_or_default().split(':').filter_map(tag);
        let mut languages: Vec<Language> = Vec::new();
        for language in listed.take(MAX_BYTES).chain([of_locale]) {
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        languages
    }
}

/// `de_AT.UTF-8@euro` is `de-AT`.
fn tag(locale: &str) -> Option<Language> {
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    if name.eq_ignore_ascii_case("C") || name.eq_ignore_ascii_case("POSIX") {
        return None;
    }
    name.replace('_', "-").parse().ok()
}
