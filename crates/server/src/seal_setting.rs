//! The setting that says how new recordings are sealed: checked, kept in the catalogue, handed to agents.

use api::{SetRecipient, SetSealing};
use catalogue::{Catalogue, CatalogueError, Setting};
use recording::SealClass;
use sealing::{InvalidKey, InvalidPlan, PublicKey, SealPlan};

/// Characters of a recipient's name.
const MOST_NAME_CHARS: usize = 64;

/// Why recordings cannot be sealed as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealSettingError {
    /// A public key that is none.
    #[error("the key of {name}: {why}")]
    Key {
        /// Whose.
        name: String,
        /// What is wrong.
        why: InvalidKey,
    },
    /// A name that says nothing.
    #[error("a recipient's name has 1 to {MOST_NAME_CHARS} characters, none of them a control character")]
    Name,
    /// Two recipients of one name.
    #[error("{0} stands there twice; give every key a name of its own")]
    NameTwice(String),
    /// Nothing or nobody, too many, or something twice.
    #[error(transparent)]
    Plan(#[from] InvalidPlan),
    /// What is kept in the catalogue is not what this version writes.
    #[error("the setting cannot be read: {0}")]
    Kept(#[from] serde_json::Error),
    /// The catalogue cannot be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// What to seal by this setting; `None` leaves everything open.
///
/// # Errors
/// [`SealSettingError`] if it makes no sense; nothing must be recorded by it then.
pub fn plan(setting: &SetSealing) -> Result<Option<SealPlan>, SealSettingError> {
    let SetSealing { classes, recipients } = setting;
    if classes.is_empty() && recipients.is_empty() {
        return Ok(None);
    }
    for (at, SetRecipient { name, .. }) in recipients.iter().enumerate() {
        let length = name.trim().chars().count();
        if length == 0 || length > MOST_NAME_CHARS || name.chars().any(char::is_control) {
            return Err(SealSettingError::Name);
        }
        if recipients[..at].iter().any(|before| before.name == *name) {
            return Err(SealSettingError::NameTwice(name.clone()));
        }
    }
    let key = |recipient: &SetRecipient| {
        let why = |why| SealSettingError::Key { name: recipient.name.clone(), why };
        recipient.public_key.parse::<PublicKey>().map_err(why)
    };
    let keys = recipients.iter().map(key).collect::<Result<_, _>>()?;
    Ok(Some(SealPlan::new(classes.iter().cloned().map(SealClass::from).collect(), keys)?))
}

/// The setting as it is kept.
///
/// # Errors
/// [`SealSettingError`] if it cannot be read.
pub async fn kept(catalogue: &Catalogue) -> Result<SetSealing, SealSettingError> {
    match catalogue.setting(Setting::Sealing).await? {
        Some(json) => Ok(serde_json::from_str(&json)?),
        None => Ok(SetSealing { classes: Vec::new(), recipients: Vec::new() }),
    }
}

/// Keeps a setting; durable when this returns.
///
/// # Errors
/// [`SealSettingError::Catalogue`].
pub async fn keep(catalogue: &Catalogue, setting: &SetSealing) -> Result<(), SealSettingError> {
    Ok(catalogue.set_setting(Setting::Sealing, &serde_json::to_string(setting)?).await?)
}
