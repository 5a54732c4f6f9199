//! How people and programs are told of what happens, and what became of each mail and call.

use std::sync::Arc;

use api::{
    DeliveriesQuery, DeliveryChannel, DeliveryItem, DeliveryPage, MailLanguage, MailPreview, NotificationPage,
    NotificationSetting, PreviewMail, ProblemCode, SetNotifications, TestNotifications, TestedNotifications,
};
use axum::Json;
use axum::extract::State;
use catalogue::{AdministratorAction, Channel, Delivery, DeliveryOutcome, DeliveryQuery};
use reqwest::Url;

use super::{Asked, Body, signed};
use crate::app::App;
use crate::authorise::Viewer;
use crate::clock::{self, DAY_US};
use crate::failure::Failure;
use crate::notifications::{self, SecretError, Secrets, public_address, setting};

const DEFAULT_LIMIT: u32 = 100;
const MOST_LIMIT: u32 = 500;
/// Days of what found no room in the queue.
const LEFT_OUT_DAYS: i64 = 30;

/// Says how people and programs are told.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn current(State(app): State<Arc<App>>) -> Result<Json<NotificationPage>, Failure> {
    Ok(Json(page(&app, setting::kept(&app.catalogue).await?).await?))
}

/// Changes it, if what is new works.
///
/// # Errors
/// It makes no sense, it does not work, or somebody else was faster.
pub async fn change(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<SetNotifications>,
) -> Result<Json<NotificationPage>, Failure> {
    let kept = match app.secret_key.kept(&app.catalogue).await {
        // They are entered anew then.
        Err(SecretError::OtherKey) => Secrets::default(),
        kept => kept?,
    };
    let secrets = setting::check(&wanted, &kept).map_err(refuse)?;
    if !wanted.untested {
        try_out(&app, &wanted, &kept, &secrets).await?;
    }
    let entry = AdministratorAction {
        before: logged(&wanted.instead_of),
        after: logged(&wanted.setting),
        ..viewer.action("notifications-changed", "notifications", summary(&wanted))
    };
    setting::replace(&app.catalogue, &app.secret_key, &wanted, &secrets, &entry).await?;
    app.deliveries.notify_waiters();
    Ok(Json(page(&app, wanted.setting).await?))
}

/// Sends a mail or calls the webhook as a test.
///
/// # Errors
/// Nothing is set up.
pub async fn test(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<TestNotifications>,
) -> Result<Json<TestedNotifications>, Failure> {
    let setting = setting::kept(&app.catalogue).await?;
    let secrets = app.secret_key.kept(&app.catalogue).await?;
    let address = public_address(&setting, &app);
    let missing = |what: &str| Failure::bad_request(format!("{what} is not set up."));
    let mut tested = TestedNotifications { mail: None, webhook: None };
    let detail = format!("mail to {}; webhook: {}", wanted.mail_to.as_deref().unwrap_or("nobody"), wanted.webhook);
    app.catalogue.log_administrator(&viewer.action("notifications-tested", "notifications", detail)).await?;
    if let Some(to) = &wanted.mail_to {
        let tried = notifications::try_mail(&setting, &secrets, Some(to), &address).await;
        tested.mail = Some(tried.ok_or_else(|| missing("Mail"))?);
    }
    if wanted.webhook {
        let tried = notifications::try_webhook(&setting, &secrets).await;
        tested.webhook = Some(tried.ok_or_else(|| missing("A webhook"))?);
    }
    Ok(Json(tested))
}

/// Shows how a mail looks with a text.
///
/// # Errors
/// The text cannot be read, and where.
pub async fn preview(
    State(app): State<Arc<App>>,
    Body(wanted): Body<PreviewMail>,
) -> Result<Json<MailPreview>, Failure> {
    let address = public_address(&setting::kept(&app.catalogue).await?, &app);
    let shown = notifications::preview(wanted.language, wanted.text.as_deref(), &address);
    let shown = shown.map_err(|wrong| Failure::bad_request(format!("The text cannot be read, {wrong}.")))?;
    Ok(Json(MailPreview { built_in: notifications::built_in(wanted.language), shown }))
}

/// The language that this server runs in, as far as mails know it.
fn own_language() -> MailLanguage {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|set| !set.is_empty()));
    language_of(&locale.unwrap_or_default())
}

fn language_of(locale: &str) -> MailLanguage {
    match locale.split(['.', '@']).next().unwrap_or_default().split('_').next().unwrap_or_default() {
        "fr" => MailLanguage::French,
        "de" => MailLanguage::German,
        "es" => MailLanguage::Spanish,
        "ja" => MailLanguage::Japanese,
        // Traditional Chinese is another writing.
        "zh" if !locale.starts_with("zh_TW") && !locale.starts_with("zh_HK") => MailLanguage::SimplifiedChinese,
        _ => MailLanguage::English,
    }
}

/// Lists mails and calls, newest first.
///
/// # Errors
/// The limit is out of bounds.
pub async fn deliveries(
    State(app): State<Arc<App>>,
    Asked(query): Asked<DeliveriesQuery>,
) -> Result<Json<DeliveryPage>, Failure> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST_LIMIT).contains(&limit) {
        return Err(Failure::bad_request(format!("limit is 1 to {MOST_LIMIT}.")));
    }
    let channel = query.channel.map(|channel| match channel {
        DeliveryChannel::Mail => Channel::Mail,
        DeliveryChannel::Webhook => Channel::Webhook,
    });
    let outcome =
        query.outcome.and_then(|wanted| DeliveryOutcome::ALL.iter().copied().find(|known| shown(*known) == wanted));
    let query = DeliveryQuery { outcome, channel, limit, offset: u64::from(query.offset.unwrap_or(0)) };
    let found = app.catalogue.deliveries(&query).await?;
    Ok(Json(DeliveryPage { items: found.items.into_iter().map(item).collect(), total: signed(found.total) }))
}

/// Tries what is not as it was.
async fn try_out(app: &App, wanted: &SetNotifications, kept: &Secrets, new: &Secrets) -> Result<(), Failure> {
    let (before, after) = (&wanted.instead_of, &wanted.setting);
    let address = public_address(after, app);
    let mail_changed = before.mail != after.mail || kept.password != new.password;
    let tried = if mail_changed || wanted.test_to.is_some() {
        notifications::try_mail(after, new, wanted.test_to.as_deref(), &address).await
    } else {
        None
    };
    if let Some(tried) = tried.filter(|tried| !tried.worked) {
        return Err(refuse(format!("the mail server did not take it: {}", tried.words)));
    }
    let hook_changed = before.webhook != after.webhook || kept.secret != new.secret;
    let tried = if hook_changed { notifications::try_webhook(after, new).await } else { None };
    match tried.filter(|tried| !tried.worked) {
        Some(tried) => Err(refuse(format!("the webhook did not take it: {}", tried.words))),
        None => Ok(()),
    }
}

async fn page(app: &App, setting: NotificationSetting) -> Result<NotificationPage, Failure> {
    let kept = app.secret_key.kept(&app.catalogue).await.unwrap_or_default();
    let since_us = clock::now_us() - LEFT_OUT_DAYS * DAY_US;
    Ok(NotificationPage {
        setting,
        default_language: own_language(),
        default_address: app.own_address.clone(),
        has_password: kept.password.is_some(),
        has_secret: kept.secret.is_some(),
        waiting: signed(app.catalogue.waiting_deliveries().await?),
        left_out: signed(app.catalogue.deliveries_left_out(since_us).await?),
    })
}

/// The setting for the log, whose readers need not know all of an address: some services take what stands behind the host for a
/// password.
fn logged(setting: &NotificationSetting) -> Option<String> {
    let mut setting = setting.clone();
    if let Some(webhook) = &mut setting.webhook {
        webhook.url = host_of(&webhook.url);
    }
    serde_json::to_string_pretty(&setting).ok()
}

fn host_of(url: &str) -> String {
    url.parse::<Url>().map_or_else(|_| "…".to_owned(), |url| format!("{}/…", url.origin().ascii_serialization()))
}

fn summary(wanted: &SetNotifications) -> String {
    let mail = wanted.setting.mail.as_ref().map_or_else(
        || "no mail".to_owned(),
        |mail| format!("mail by {}:{}, at most {} a second", mail.host, mail.port, mail.per_second),
    );
    let hook = wanted.setting.webhook.as_ref();
    let hook = hook.map_or_else(|| "no webhook".to_owned(), |hook| format!("webhook at {}", host_of(&hook.url)));
    let mut words = format!("{mail}; {hook}");
    for (is_new, what) in [(wanted.password.is_some(), "password"), (wanted.secret.is_some(), "secret")] {
        if is_new {
            words += &format!("; new {what}");
        }
    }
    if wanted.untested {
        words += "; not tried";
    }
    words
}

fn item(delivery: Delivery) -> DeliveryItem {
    let (user, machine) = delivery.session.unzip();
    DeliveryItem {
        id: delivery.id.simple().to_string(),
        channel: match delivery.channel {
            Channel::Mail => DeliveryChannel::Mail,
            Channel::Webhook => DeliveryChannel::Webhook,
        },
        recipient: Some(delivery.recipient).filter(|recipient| !recipient.is_empty()),
        outcome: shown(delivery.outcome),
        words: delivery.words,
        attempts: delivery.attempts,
        queued_us: delivery.queued_us,
        at_us: delivery.done_us.unwrap_or(delivery.next_us),
        recording: delivery.recording.to_string(),
        user,
        machine,
        time_us: signed(delivery.time_us),
        event: delivery.kind,
        trigger: delivery.trigger,
        rule: delivery.rule,
        policy: delivery.policy,
    }
}

fn shown(outcome: DeliveryOutcome) -> api::DeliveryOutcome {
    match outcome {
        DeliveryOutcome::Waiting => api::DeliveryOutcome::Waiting,
        DeliveryOutcome::Delivered => api::DeliveryOutcome::Delivered,
        DeliveryOutcome::Refused => api::DeliveryOutcome::Refused,
        DeliveryOutcome::GivenUp => api::DeliveryOutcome::GivenUp,
        DeliveryOutcome::NotAllowed => api::DeliveryOutcome::NotAllowed,
        DeliveryOutcome::NotSetUp => api::DeliveryOutcome::NotSetUp,
    }
}

fn refuse(why: String) -> Failure {
    Failure::new(
        ProblemCode::BadRequest,
        format!("Nobody can be told like this: {why}."),
        "Correct it, or keep it without trying it if the other side is only away.",
    )
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Failure {
        match error {
            SecretError::Catalogue(error) => error.into(),
            error => Failure::internal(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_has_a_language() {
        for (locale, language) in [
            ("de_DE.UTF-8", MailLanguage::German),
            ("fr_CH@euro", MailLanguage::French),
            ("es", MailLanguage::Spanish),
            ("ja_JP", MailLanguage::Japanese),
            ("zh_CN.GB18030", MailLanguage::SimplifiedChinese),
            ("zh_TW.UTF-8", MailLanguage::English),
            ("C.UTF-8", MailLanguage::English),
            ("", MailLanguage::English),
        ] {
            assert_eq!(language_of(locale), language, "{locale}");
        }
    }
}
