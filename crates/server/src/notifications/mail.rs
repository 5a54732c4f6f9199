//! Mails: made of a delivery, and given to a mail server.

use std::time::Duration;

use api::{MailLanguage, MailSecurity, MailSetting, SubjectPart};
use catalogue::{Channel, Delivery, DeliveryOutcome};
use evidence::escaped;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use recording::RecordingId;
use uuid::Uuid;

use super::template::{Name, Template};
use super::texts;
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
    let mail = begin(setting, &delivery.recipient, &subject(setting, delivery))?
        .message_id(Some(message_id(setting, &delivery.id.simple().to_string())));
    let template = template(setting);
    let about = About { language: setting.language, delivery, link };
    mail.multipart(MultiPart::alternative_plain_html(about.plain(&template), about.html(&template))).map_err(unusable)
}

/// The text of mails as it is set, else as it is built in. What could not be read would not have been kept.
fn template(setting: &MailSetting) -> Template {
    let own = setting.texts.get(&setting.language).and_then(|text| Template::parse(text).ok());
    own.unwrap_or_else(|| built_in(setting.language))
}

fn built_in(language: MailLanguage) -> Template {
    let text = texts::built_in(language);
    // A test reads all of them.
    Template::parse(&text).unwrap_or_default()
}

/// A text as a mail shows it, with an example in the places of names. `address` is the console's.
///
/// # Errors
/// The text cannot be read, and where.
pub fn preview(language: MailLanguage, text: Option<&str>, address: &str) -> Result<String, String> {
    let template = match text {
        Some(text) => Template::parse(text).map_err(|wrong| wrong.to_string())?,
        None => built_in(language),
    };
    let delivery = example();
    let link = moment::link(address, &delivery);
    Ok(About { language, delivery: &delivery, link: &link }.plain(&template).replace("\r\n", "\n"))
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

/// Something that a mail could be about.
fn example() -> Delivery {
    Delivery {
        number: 0,
        id: Uuid::nil(),
        recording: RecordingId::from_parts(0, [0; 10]),
        session: Some(("ana".to_owned(), "fin-03".to_owned())),
        time_us: 83_200_000,
        channel: Channel::Mail,
        recipient: String::new(),
        at_us: 1_795_179_605_000_000,
        kind: "popup".to_owned(),
        detail: "soffice.bin: Export".to_owned(),
        trigger: "A dialog".to_owned(),
        rule: "Finance".to_owned(),
        policy: "Evenings".to_owned(),
        count: 2,
        queued_us: 0,
        outcome: DeliveryOutcome::Waiting,
        words: String::new(),
        attempts: 0,
        next_us: 0,
        done_us: None,
    }
}

/// What a mail is about.
struct About<'a> {
    language: MailLanguage,
    delivery: &'a Delivery,
    link: &'a str,
}

impl About<'_> {
    /// In the place of a name; recorded words stand on one line.
    fn value(&self, name: Name) -> String {
        let delivery = self.delivery;
        let (user, machine) = delivery.session.as_ref().map_or(("", ""), |(user, machine)| (user, machine));
        match name {
            Name::Event => line(texts::kind(self.language, &delivery.kind)),
            Name::Detail => line(&delivery.detail),
            Name::Count if delivery.count > 1 => delivery.count.to_string(),
            Name::Count => String::new(),
            Name::Time => moment::for_people(delivery.at_us),
            Name::User => line(user),
            Name::Machine => line(machine),
            Name::Trigger => line(&delivery.trigger),
            Name::Rule => line(&delivery.rule),
            Name::Policy => line(&delivery.policy),
            Name::Link => self.link.to_owned(),
        }
    }

    fn plain(&self, template: &Template) -> String {
        let lines = template.lines(str::to_owned, |name| self.value(name));
        lines.into_iter().map(|line| line + "\r\n").collect()
    }

    fn html(&self, template: &Template) -> String {
        let link = escaped(self.link);
        let value = |name| match name {
            Name::Link => format!("<a href=\"{link}\">{link}</a>"),
            name => escaped(&self.value(name)),
        };
        let lines = template.lines(escaped, value).join("<br>\r\n");
        format!(
            "<!doctype html>\r\n<html lang=\"{}\"><head><meta charset=\"utf-8\"></head><body>\r\n<p>{lines}</p>\r\n</body></html>\r\n",
            texts::of(self.language).tag,
        )
    }
}

fn unusable(error: lettre::error::Error) -> Failed {
    Failed::Never(with_causes(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: [MailLanguage; 6] = [
        MailLanguage::English,
        MailLanguage::French,
        MailLanguage::German,
        MailLanguage::Spanish,
        MailLanguage::Japanese,
        MailLanguage::SimplifiedChinese,
    ];

    #[test]
    fn what_is_built_in_can_be_read_and_says_everything() {
        for language in LANGUAGES {
            let shown = preview(language, None, "https://k.example");
            assert_eq!(shown, preview(language, Some(&texts::built_in(language)), "https://k.example"));
            let shown = shown.unwrap_or_default();
            for told in [
                "ana",
                "fin-03",
                "soffice.bin",
                "A dialog",
                "Finance",
                "Evenings",
                "2026-11-20",
                "https://k.example/recordings/",
            ] {
                assert!(shown.contains(told), "{language:?} {told}: {shown}");
            }
        }
    }

    #[test]
    fn recorded_words_stay_words_in_a_text_of_ones_own() -> Result<(), String> {
        let hostile = "a\r\nBcc: x\u{202e} {user} <script>";
        let delivery = Delivery { detail: hostile.to_owned(), count: 1, ..example() };
        let about = About { language: MailLanguage::English, delivery: &delivery, link: "https://k.example/?a=1&b=2" };
        let template = Template::parse("<b>{detail}</b>\n{count}\n{link}").map_err(|wrong| wrong.to_string())?;
        assert_eq!(about.plain(&template), "<b>a  Bcc: x  {user} <script></b>\r\nhttps://k.example/?a=1&b=2\r\n");
        let html = about.html(&template);
        assert!(html.contains("&lt;b&gt;a  Bcc: x  {user} &lt;script&gt;&lt;/b&gt;<br>"), "{html}");
        assert!(html.contains("<a href=\"https://k.example/?a=1&amp;b=2\">"), "{html}");
        Ok(())
    }
}
