//! Mail and webhook calls: what recordings' events ask for is taken from the catalogue's queue and sent.
//!
//! `setting` checks and keeps how, `secrets` seals what must not be read from the catalogue alone, `mail` and `webhook` send one
//! thing, `template` and `texts` have the words, `sender` works through the queue.

mod mail;
mod moment;
mod secrets;
mod sender;
pub mod setting;
mod template;
mod texts;
mod webhook;

pub use mail::preview;
pub use secrets::{SecretError, SecretKey, Secrets};
pub use sender::{public_address, run};
pub use texts::built_in;

use api::{NotificationSetting, TestedNotification};

/// An attempt to send something that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// The receiver does not take this one now.
    Later(String),
    /// It never will.
    Never(String),
    /// It cannot be reached, or takes nothing from us: nothing else needs to be tried before long.
    Nothing(String),
}

impl Failed {
    /// Why.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Later(words) | Self::Never(words) | Self::Nothing(words) => words,
        }
    }
}

/// Tries connection and login, and sends a mail as a test if somebody is to get it.
pub async fn try_mail(
    setting: &NotificationSetting,
    secrets: &Secrets,
    to: Option<&str>,
    address: &str,
) -> Option<TestedNotification> {
    let mail = setting.mail.as_ref()?;
    let tried = async {
        let post = mail::Post::new(mail, secrets.password.as_deref())?;
        match to {
            None => post.try_login().await,
            Some(to) => post.send(&mail::test(mail, to, address)?).await,
        }
    };
    Some(tested(tried.await))
}

/// Calls the webhook as a test.
pub async fn try_webhook(setting: &NotificationSetting, secrets: &Secrets) -> Option<TestedNotification> {
    let webhook = setting.webhook.as_ref()?;
    let tried = async {
        let caller = webhook::Caller::new(webhook, secrets.secret.as_deref().unwrap_or_default())?;
        caller.call(&webhook::test_call()).await
    };
    Some(tested(tried.await))
}

fn tested(tried: Result<String, Failed>) -> TestedNotification {
    match tried {
        Ok(words) => TestedNotification { worked: true, words },
        Err(failed) => TestedNotification { worked: false, words: failed.words().to_owned() },
    }
}
