//! The setting that says how people and programs are told: checked, kept with its entry in the administrator log.

use api::{MailSecurity, MailSetting, NotificationSetting, SetNotifications, SubjectPart};
use catalogue::{AdministratorAction, Catalogue, CatalogueError, Setting};
use lettre::Address;
use reqwest::Url;

use super::secrets::{SecretError, SecretKey, Secrets};
use super::template::Template;
use super::{mail, texts, webhook};

const MOST_CHARS: usize = 254;
const MOST_PEM_BYTES: usize = 16 << 10;
const MOST_PER_SECOND: u16 = 100;
const SECRET_CHARS: std::ops::RangeInclusive<usize> = 16..=256;

/// Whether a name or address is this host itself.
pub fn is_this_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The setting as it is kept. One that cannot be read is told to the log, and sends nothing.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn kept(catalogue: &Catalogue) -> Result<NotificationSetting, CatalogueError> {
    let Some(json) = catalogue.setting(Setting::Notifications).await? else {
        return Ok(NotificationSetting::default());
    };
    Ok(serde_json::from_str(&json).unwrap_or_else(|error| {
        tracing::error!(%error, "how people and programs are told cannot be read; nothing is sent");
        NotificationSetting::default()
    }))
}

/// What is wrong with a change, if anything is; else the secrets that hold with it.
///
/// # Errors
/// In words.
pub fn check(wanted: &SetNotifications, kept: &Secrets) -> Result<Secrets, String> {
    let setting = &wanted.setting;
    if let Some(address) = &setting.public_address {
        check_address(address)?;
    }
    let password = match &setting.mail {
        Some(mail) => password(mail, wanted, kept)?,
        None => None,
    };
    let secret = match &setting.webhook {
        Some(hook) => {
            webhook::check_url(&hook.url)?;
            check_pem(hook.certificate.as_deref())?;
            webhook::Caller::new(hook, "").map_err(|failed| failed.words().to_owned())?;
            let secret = wanted.secret.clone().or_else(|| kept.secret.clone());
            Some(secret.ok_or("the webhook needs a secret that signs calls")?)
        }
        None => None,
    };
    if secret.as_ref().is_some_and(|secret| !SECRET_CHARS.contains(&secret.chars().count())) {
        return Err(format!("the secret has {} to {} characters", SECRET_CHARS.start(), SECRET_CHARS.end()));
    }
    Ok(Secrets { password, secret })
}

fn password(mail: &MailSetting, wanted: &SetNotifications, kept: &Secrets) -> Result<Option<String>, String> {
    check_mail(mail)?;
    let before = wanted.instead_of.mail.as_ref();
    let same = before.is_some_and(|before| {
        (&before.host, before.port, &before.user, before.security, &before.certificate)
            == (&mail.host, mail.port, &mail.user, mail.security, &mail.certificate)
    });
    match (&mail.user, &wanted.password) {
        (None, _) => Ok(None),
        (Some(_), Some(password)) if password.is_empty() || password.len() > MOST_CHARS * 4 => {
            Err("the password is empty or too long".to_owned())
        }
        (Some(_), Some(password)) => Ok(Some(password.clone())),
        // Else who may change the setting could have the password sent to a server of their own.
        (Some(_), None) if same && kept.password.is_some() => Ok(kept.password.clone()),
        (Some(_), None) => Err("the password for this mail server is needed".to_owned()),
    }
}

fn check_mail(mail: &MailSetting) -> Result<(), String> {
    let plain =
        |text: &str| !text.is_empty() && text.chars().count() <= MOST_CHARS && !text.chars().any(char::is_control);
    if !plain(&mail.host) || mail.host.contains(char::is_whitespace) || mail.port == 0 {
        return Err("the mail server's name or port is none".to_owned());
    }
    if mail.user.as_deref().is_some_and(|user| !plain(user)) {
        return Err("the mail server's user is empty or too long".to_owned());
    }
    if mail.security == MailSecurity::None && !is_this_host(&mail.host) {
        return Err("a mail server elsewhere is only used with TLS or STARTTLS".to_owned());
    }
    if !(1..=MOST_PER_SECOND).contains(&mail.per_second) {
        return Err(format!("1 to {MOST_PER_SECOND} mails can be sent in a second"));
    }
    let distinct = |part: &SubjectPart| mail.subject.iter().filter(|other| *other == part).count() == 1;
    if !mail.subject.iter().all(distinct) {
        return Err("a part of the subject stands there twice".to_owned());
    }
    for (language, text) in &mail.texts {
        let tag = texts::of(*language).tag;
        Template::parse(text).map_err(|wrong| format!("the text of mails ({tag}), {wrong}"))?;
    }
    mail.sender.parse::<Address>().map_err(|error| format!("the sender's address is none: {error}"))?;
    check_pem(mail.certificate.as_deref())?;
    mail::Post::new(mail, None).map(drop).map_err(|failed| failed.words().to_owned())
}

fn check_pem(pem: Option<&str>) -> Result<(), String> {
    match pem {
        Some(pem) if pem.len() > MOST_PEM_BYTES || !pem.contains("BEGIN CERTIFICATE") => {
            Err("the certificate is no certificate in PEM".to_owned())
        }
        _ => Ok(()),
    }
}

fn check_address(address: &str) -> Result<(), String> {
    let wrong =
        || "the console's public address is https:// and a name, with a port where needed, and nothing more".to_owned();
    let url: Url = address.parse().map_err(|_| wrong())?;
    let bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    let fits = url.scheme() == "https" && bare && url.path() == "/" && address.len() <= MOST_CHARS;
    if fits { Ok(()) } else { Err(wrong()) }
}

/// Puts a setting and its secrets in the place of what is kept, and logs it; durable when this returns.
///
/// # Errors
/// Somebody else was faster, or it cannot be logged or kept: then the setting has not changed.
pub async fn replace(
    catalogue: &Catalogue,
    key: &SecretKey,
    wanted: &SetNotifications,
    secrets: &Secrets,
    entry: &AdministratorAction,
) -> Result<(), SecretError> {
    let before = catalogue.setting(Setting::Notifications).await?;
    if kept(catalogue).await? != wanted.instead_of {
        return Err(CatalogueError::Changed { what: "setting" }.into());
    }
    let after = serde_json::to_string(&wanted.setting).map_err(|_| SecretError::Sealing)?;
    let sealed = key.seal(secrets)?;
    let changes = [(Setting::Notifications, before.as_deref(), after.as_str())];
    Ok(catalogue.replace_settings(&changes, &[(Setting::NotificationSecrets, &sealed)], entry).await?)
}
