//! Mails: made of a delivery, and given to a mail server.

use std::time::Duration;

use api::{MailSecurity, MailSetting, SubjectPart};
use catalogue::Delivery;
use evidence::escaped;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::texts::{self, Texts};
use super::{Failed, moment};
use crate::outgoing::{shown, with_causes};

/// A mail server has this long for each of its answers, and for all of a mail.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_OF_MAIL: Duration = Duration::from_secs(25);
/// Mails on their way at once, each on a connection that is used again.
pub const AT_ONCE: u32 = 4;
/// A connection that rests is closed after this time.
const REST: Duration = Duration::from_secs(30);
/// Characters of a subject.
const MOST_SUBJECT_CHARS: usize = 180;
/// What mail servers answer to a login that they do not take (RFC 4954), or when they take nothing at all.
const ABOUT_US: [u16; 6] = [421, 454, 530, 534, 535, 538];

/// A mail server as the setting has it.
pub struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Post {
    /// # Errors
    /// The setting cannot be used.
    pub fn new(setting: &MailSetting, password: Option<&str>) -> Result<Self, Failed> {
        let unusable = |error: Error| Failed::Nothing(with_causes(&error));
        let tls = || {
            let mut parameters = TlsParameters::builder(setting.host.clone());
            if let Some(pem) = &setting.certificate {
                parameters = parameters.add_root_certificate(Certificate::from_pem(pem.as_bytes())?);
            }
            parameters.build_rustls()
        };
        let tls = match setting.security {
            MailSecurity::Tls => Tls::Wrapper(tls().map_err(unusable)?),
            MailSecurity::Starttls => Tls::Required(tls().map_err(unusable)?),
            MailSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(setting.host.clone())
            .port(setting.port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .pool_config(PoolConfig::new().max_size(AT_ONCE).idle_timeout(REST));
        if let Some((user, password)) = setting.user.as_deref().zip(password) {
            builder = builder.credentials(Credentials::new(user.to_owned(), password.to_owned()));
        }
        Ok(Self { transport: builder.build() })
    }

    /// Connects and signs in.
    ///
    /// # Errors
    /// In the server's words.
    pub async fn try_login(&self) -> Result<String, Failed> {
        match within(self.transport.test_connection()).await? {
            true => Ok("connection and login work".to_owned()),
            false => Err(Failed::Nothing("the mail server ends the connection".to_owned())),
        }
    }

    /// Gives a mail to the server, and gives what it says.
    ///
    /// # Errors
    /// In the server's words.
    pub async fn send(&self, mail: &Message) -> Result<String, Failed> {
        let response = within(self.transport.send(mail.clone())).await?;
        Ok(shown(&format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" "))))
    }
}

async fn within<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Failed> {
    match tokio::time::timeout(PATIENCE_OF_MAIL, asked).await {
        Ok(answered) => answered.map_err(|error| failed(&error)),
        Err(_) => Err(Failed::Nothing("the mail server takes too long".to_owned())),
    }
}

/// A refusal of one mail, or trouble with the server. After trouble it is not known whether the server has the mail.
fn failed(error: &Error) -> Failed {
    let words = with_causes(error);
    match error.status().map(u16::from) {
        Some(code) if ABOUT_US.contains(&code) => Failed::Nothing(words),
        Some(_) if error.is_permanent() => Failed::Never(words),
        Some(_) => Failed::Later(words),
        None => Failed::Nothing(words),
    }
}

/// A mail about a delivery. `link` opens the moment.
///
/// # Errors
/// An address is none.
pub fn about(setting: &MailSetting, delivery: &Delivery, link: &str) -> Result<Message, Failed> {
    let words = texts::of(setting.language);
    let facts = facts(setting, words, delivery);
    let mail = begin(setting, &delivery.recipient, &subject(setting, delivery))?
        .message_id(Some(message_id(setting, &delivery.id.simple().to_string())));
    let plain = plain(words, &facts, link);
    mail.multipart(MultiPart::alternative_plain_html(plain, html(words, &facts, link))).map_err(unusable)
}

/// A mail that says it is a test.
///
/// # Errors
/// An address is none.
pub fn test(setting: &MailSetting, to: &str, address: &str) -> Result<Message, Failed> {
    let words = texts::of(setting.language);
    let mail = begin(setting, to, &format!("Kinescope: {}", words.test_subject))?;
    mail.body(format!("{}\r\n\r\n{address}\r\n", words.test)).map_err(unusable)
}

fn begin(setting: &MailSetting, to: &str, subject: &str) -> Result<lettre::message::MessageBuilder, Failed> {
    let address = |text: &str| {
        let none = |error| Failed::Never(format!("{} is no address: {error}", shown(text)));
        text.parse::<Address>().map(|address| Mailbox::new(None, address)).map_err(none)
    };
    let from = Mailbox { name: Some("Kinescope".to_owned()), ..address(&setting.sender)? };
    let mail = Message::builder().from(from).to(address(to)?).subject(subject);
    // So that nobody's absence is answered.
    Ok(mail.header(AutoSubmitted))
}

#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The same for every attempt, so that who gets a mail twice can tell.
fn message_id(setting: &MailSetting, id: &str) -> String {
    let host = setting.sender.rsplit('@').next().unwrap_or("localhost");
    format!("<{id}@{host}>")
}

fn subject(setting: &MailSetting, delivery: &Delivery) -> String {
    let (user, machine) = delivery.session.as_ref().map_or(("", ""), |(user, machine)| (user, machine));
    let part = |part: &SubjectPart| match part {
        SubjectPart::Trigger => line(&delivery.trigger),
        SubjectPart::Event => line(texts::kind(setting.language, &delivery.kind)),
        SubjectPart::User => line(user),
        SubjectPart::Machine => line(machine),
        SubjectPart::Detail => line(&delivery.detail),
    };
    let parts: Vec<String> = setting.subject.iter().map(part).filter(|part| !part.is_empty()).collect();
    let subject = if parts.is_empty() { "Kinescope".to_owned() } else { format!("Kinescope: {}", parts.join(" · ")) };
    subject.chars().take(MOST_SUBJECT_CHARS).collect()
}

/// A text on one line, without what breaks lines, turns the direction of writing or cannot be seen.
fn line(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let plain: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    plain.trim().to_owned()
}

fn facts(setting: &MailSetting, words: &Texts, delivery: &Delivery) -> Vec<(&'static str, String)> {
    let (user, machine) = delivery.session.as_ref().map_or(("", ""), |(user, machine)| (user, machine));
    let count = if delivery.count > 1 { delivery.count.to_string() } else { String::new() };
    let all = [
        (words.event, line(texts::kind(setting.language, &delivery.kind))),
        (words.detail, line(&delivery.detail)),
        (words.count, count),
        (words.time, moment::for_people(delivery.at_us)),
        (words.user, line(user)),
        (words.machine, line(machine)),
        (words.trigger, line(&delivery.trigger)),
        (words.rule, line(&delivery.rule)),
        (words.policy, line(&delivery.policy)),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn plain(words: &Texts, facts: &[(&str, String)], link: &str) -> String {
    let lines: String = facts.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{}\r\n\r\n{lines}\r\n{}: {link}\r\n\r\n--\r\n{}\r\n", words.intro, words.open, words.footer)
}

fn html(words: &Texts, facts: &[(&str, String)], link: &str) -> String {
    let row = |(name, value): &(&str, String)| {
        format!("<tr><th align=\"left\">{}</th><td>{}</td></tr>\r\n", escaped(name), escaped(value))
    };
    let rows: String = facts.iter().map(row).collect();
    format!(
        "<!doctype html>\r\n<html lang=\"{}\"><head><meta charset=\"utf-8\"></head><body>\r\n<p>{}</p>\r\n<table>\r\n{rows}</table>\r\n\
         <p><a href=\"{}\">{}</a></p>\r\n<p><small>{}</small></p>\r\n</body></html>\r\n",
        words.tag,
        escaped(words.intro),
        escaped(link),
        escaped(words.open),
        escaped(words.footer),
    )
}

fn unusable(error: lettre::error::Error) -> Failed {
    Failed::Never(with_causes(&error))
}
