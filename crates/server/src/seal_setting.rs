//! The setting that says how new recordings are sealed: checked, kept in the catalogue, handed to agents.

use api::{FormerRecipient, SetRecipient, SetSealing};
use catalogue::{Catalogue, CatalogueError, Setting};
use recording::SealClass;
use sealing::{InvalidKey, InvalidPlan, PublicKey, SealPlan};

/// Characters of a recipient's name.
const MOST_NAME_CHARS: usize = 64;
/// Former recipients whose names are kept.
const MOST_FORMER: usize = 256;

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

/// Those for whom recordings were sealed before and no longer are, the last one first.
///
/// # Errors
/// [`SealSettingError`] if they cannot be read.
pub async fn former(catalogue: &Catalogue) -> Result<Vec<FormerRecipient>, SealSettingError> {
    let kept = catalogue.setting(Setting::FormerRecipients).await?;
    Ok(kept.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default())
}

/// The name of a key in recordings. What was kept was checked; a key that cannot be read any more names nobody.
#[must_use]
pub fn fingerprint(recipient: &SetRecipient) -> String {
    recipient.public_key.parse::<PublicKey>().map(|key| key.fingerprint().to_string()).unwrap_or_default()
}

/// Keeps a setting, and the names of those who are no longer in it; durable when this returns.
///
/// # Errors
/// [`SealSettingError::Catalogue`], and [`SealSettingError::Kept`] if what was kept before cannot be read.
pub async fn keep(catalogue: &Catalogue, setting: &SetSealing) -> Result<(), SealSettingError> {
    let before = kept(catalogue).await?.recipients.into_iter();
    let gone = before.map(|recipient| FormerRecipient { fingerprint: fingerprint(&recipient), name: recipient.name });
    let mut names: Vec<FormerRecipient> = Vec::new();
    for one in gone.chain(former(catalogue).await?) {
        let stays = setting.recipients.iter().any(|recipient| fingerprint(recipient) == one.fingerprint);
        if !stays && names.iter().all(|known| known.fingerprint != one.fingerprint) {
            names.push(one);
        }
    }
    names.truncate(MOST_FORMER);
    // The names first: who is named although the change then fails is still named rightly.
    catalogue.set_setting(Setting::FormerRecipients, &serde_json::to_string(&names)?).await?;
    Ok(catalogue.set_setting(Setting::Sealing, &serde_json::to_string(setting)?).await?)
}
