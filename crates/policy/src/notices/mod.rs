//! How users are told that they are recorded, and whether they are asked.

mod built_in;
mod language;
mod sign_words;
mod typing_words;
mod warnings;

use serde::{Deserialize, Serialize};

use crate::document_error::DocumentError;
use crate::text::{NoticeBody, NoticeTitle};

pub use built_in::{Labels, all_labels as button_labels};
pub use language::{InvalidLanguage, Language, Locale};
pub use sign_words::{OutcomeWords, SignWords, all_sign_words};
pub use warnings::Coming;

/// Bytes of the setting as JSON: it must fit a message to agents together with the policy.
pub const MAX_NOTICES_BYTES: usize = 32 << 10;
/// Texts of one's own, one a language.
pub const MAX_NOTICE_TEXTS: usize = 64;
/// Seconds that a user has for an answer.
pub const PATIENCE_SECS: std::ops::RangeInclusive<u32> = 30..=3_600;

/// How users are told that they are recorded. One for a site; which sessions are recorded with notice, the policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = NoticeSetting))]
#[serde(deny_unknown_fields)]
pub struct Notices {
    /// Whether users are asked: recording and session go on only after they agree, and who does not is logged off.
    #[serde(default)]
    pub consent: bool,
    /// Seconds that they have for it, 30 to 3,600. Silence is no consent.
    #[serde(default = "default_patience_secs")]
    pub patience_secs: u32,
    /// The language of the text for users in whose language there is none.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub default_language: Language,
    /// Whether the built-in texts serve for languages without a text of one's own.
    #[serde(default = "yes")]
    pub built_in_texts: bool,
    /// Texts of one's own, one a language.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(max_items = 64))]
    pub texts: Vec<NoticeText>,
}

/// A text in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoticeText {
    /// The language as a tag, such as `de` or `pt-BR`.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub language: Language,
    /// Its title.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub title: NoticeTitle,
    /// The text itself; line breaks make paragraphs.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub body: NoticeBody,
}

/// What is recorded of a session, as far as its user is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// No picture is.
    pub events_only: bool,
    /// What is typed is, too.
    pub typing: bool,
}

/// What a user is told, word for word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// The language of the text.
    pub language: String,
    /// Its title.
    pub title: String,
    /// The text itself.
    pub body: String,
    /// What stands on the button that agrees.
    pub accept: String,
    /// What stands on the button that does not.
    pub decline: String,
    /// What stands on the button that closes a notice.
    pub dismiss: String,
}

/// A setting that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNotices {
    /// Too little or too much time.
    #[error("users have {} to {} seconds for an answer", PATIENCE_SECS.start(), PATIENCE_SECS.end())]
    Patience,
    /// One language, two texts.
    #[error("there are two texts in {0}; keep one")]
    LanguageTwice(Language),
    /// More than fits.
    #[error(
        "at most {MAX_NOTICE_TEXTS} texts with {MAX_NOTICES_BYTES} bytes in all can be handed to machines; these have {0} bytes"
    )]
    TooMuch(usize),
    /// The default language says nothing.
    #[error("there is no text in the default language {0}: write one, or allow the built-in texts")]
    NoDefault(Language),
}

fn default_patience_secs() -> u32 {
    300
}

fn yes() -> bool {
    true
}

impl Default for Notices {
    fn default() -> Self {
        Self {
            consent: false,
            patience_secs: default_patience_secs(),
            default_language: Language::default(),
            built_in_texts: true,
            texts: Vec::new(),
        }
    }
}

impl Notices {
    /// Reads and checks what [`Notices::to_json`] wrote.
    ///
    /// # Errors
    /// It is no such setting. Whoever cannot read it must not record with notice.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        let notices: Self = serde_json::from_str(text).map_err(|error| DocumentError::whole(error.to_string()))?;
        notices.check().map_err(|error| DocumentError::whole(error.to_string()))?;
        Ok(notices)
    }

    /// On one line.
    pub fn to_json(&self) -> String {
        // Texts and switches always are JSON; an empty text is read as no setting by nobody.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// [`InvalidNotices`] says why not.
    pub fn check(&self) -> Result<(), InvalidNotices> {
        if !PATIENCE_SECS.contains(&self.patience_secs) {
            return Err(InvalidNotices::Patience);
        }
        for (at, text) in self.texts.iter().enumerate() {
            if self.texts[..at].iter().any(|before| before.language == text.language) {
                return Err(InvalidNotices::LanguageTwice(text.language.clone()));
            }
        }
        let bytes = self.to_json().len();
        if bytes > MAX_NOTICES_BYTES || self.texts.len() > MAX_NOTICE_TEXTS {
            return Err(InvalidNotices::TooMuch(bytes));
        }
        let default = &self.default_language;
        let built_in = self.built_in_texts && built_in::Words::of(default).is_some();
        if !built_in && !self.texts.iter().any(|text| text.language.serves(default)) {
            return Err(InvalidNotices::NoDefault(default.clone()));
        }
        Ok(())
    }

    /// What to tell a user, best first: in the user's languages where there are texts, then in the default one, and English
    /// at last. A machine that lacks the fonts for one goes on to the next. That what is typed is recorded stands below texts of one's own, too,
    /// in their language or in English.
    pub fn tellings(&self, preferred: &[Language], recorded: Recorded) -> Vec<Telling> {
        let wanted = preferred.iter().chain([&self.default_language]);
        let mut tellings: Vec<Telling> = Vec::new();
        for language in wanted {
            let found = self.own(language, recorded).or_else(|| self.of_the_house(language, recorded));
            if let Some(found) = found.filter(|found| !tellings.contains(found)) {
                tellings.push(found);
            }
        }
        let english = Language::default();
        let english = self.own(&english, recorded).or_else(|| self.built_in(&english, recorded));
        tellings.extend(english.filter(|english| !tellings.contains(english)));
        tellings
    }

    /// A text of one's own for a language: the very one, else a wider one, else another of the same tongue.
    fn own(&self, language: &Language, recorded: Recorded) -> Option<Telling> {
        let exact = self.texts.iter().find(|text| text.language == *language);
        let wider = || {
            let mut wider = language.wider();
            std::iter::from_fn(|| {
                let now = wider.take()?;
                wider = now.wider();
                Some(now)
            })
            .find_map(|language| self.texts.iter().find(|text| text.language == language))
        };
        let kin = || self.texts.iter().find(|text| text.language.serves(language));
        let text = exact.or_else(wider).filter(|text| text.language.serves(language)).or_else(kin)?;
        let labels = built_in::labels(&text.language);
        let typing = recorded.typing.then(|| typing_words::of(&text.language));
        let body: Vec<&str> = [Some(text.body.as_str()), typing].into_iter().flatten().collect();
        Some(Telling {
            language: text.language.to_string(),
            title: text.title.to_string(),
            body: body.join("\n"),
            accept: labels.accept.to_owned(),
            decline: labels.decline.to_owned(),
            dismiss: labels.dismiss.to_owned(),
        })
    }

    fn of_the_house(&self, language: &Language, recorded: Recorded) -> Option<Telling> {
        if self.built_in_texts { self.built_in(language, recorded) } else { None }
    }

    fn built_in(&self, language: &Language, recorded: Recorded) -> Option<Telling> {
        let words = built_in::Words::of(language)?;
        let labels = built_in::labels(language);
        let what = if recorded.events_only { words.events } else { words.screen };
        let typing = recorded.typing.then(|| typing_words::of(language));
        let asked = self.consent.then_some(words.consent);
        let body: Vec<&str> = [Some(what), typing, asked, Some(words.contact)].into_iter().flatten().collect();
        Some(Telling {
            language: words.language.to_owned(),
            title: if self.consent { words.question } else { words.notice }.to_owned(),
            body: body.join("\n"),
            accept: labels.accept.to_owned(),
            decline: labels.decline.to_owned(),
            dismiss: labels.dismiss.to_owned(),
        })
    }

    /// The built-in texts as they would be shown.
    pub fn built_in_tellings(consent: bool) -> Vec<Telling> {
        let notices = Self { consent, ..Self::default() };
        let languages = built_in::WORDS.iter().filter_map(|words| words.language.parse().ok());
        languages.filter_map(|language| notices.built_in(&language, Recorded::default())).collect()
    }
}
