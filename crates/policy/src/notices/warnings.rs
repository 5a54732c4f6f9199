//! What users are told before something is done to their session that they may not keep from being done.

use super::built_in::labels;
use super::{Language, Notices, Telling};

/// What is about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coming {
    /// The session is locked.
    Lock,
    /// Its user is logged off.
    LogOff,
    /// Its client is disconnected.
    Disconnect,
}

/// A language, and a title and a text for each of these; `{n}` stands for seconds.
type Row = (&'static str, [(&'static str, &'static str); 3]);

const ROWS: &[Row] = &[
    (
        "en",
        [
            ("Your session will be locked", "In {n} seconds your session will be locked."),
            ("You will be logged off", "In {n} seconds you will be logged off. Save your work now."),
            ("You will be disconnected", "In {n} seconds you will be disconnected. Your session goes on."),
        ],
    ),
    (
        "fr",
        [
            ("Votre session va être verrouillée", "Votre session sera verrouillée dans {n} secondes."),
            (
                "Votre session va être fermée",
                "Votre session sera fermée dans {n} secondes. Enregistrez votre travail maintenant.",
            ),
            ("Vous allez être déconnecté", "Vous serez déconnecté dans {n} secondes. Votre session se poursuit."),
        ],
    ),
    (
        "de",
        [
            ("Ihre Sitzung wird gesperrt", "In {n} Sekunden wird Ihre Sitzung gesperrt."),
            ("Sie werden abgemeldet", "In {n} Sekunden werden Sie abgemeldet. Speichern Sie jetzt Ihre Arbeit."),
            (
                "Ihre Verbindung wird getrennt",
                "In {n} Sekunden wird Ihre Verbindung getrennt. Ihre Sitzung läuft weiter.",
            ),
        ],
    ),
    (
        "es",
        [
            ("Su sesión se va a bloquear", "Su sesión se bloqueará en {n} segundos."),
            ("Su sesión se va a cerrar", "Su sesión se cerrará en {n} segundos. Guarde ahora su trabajo."),
            ("Se va a desconectar", "Se desconectará en {n} segundos. Su sesión continúa."),
        ],
    ),
    (
        "ja",
        [
            ("セッションはロックされます", "{n} 秒後にこのセッションはロックされます。"),
            ("ログオフされます", "{n} 秒後にログオフされます。今すぐ作業内容を保存してください。"),
            ("切断されます", "{n} 秒後に切断されます。セッションは継続されます。"),
        ],
    ),
    (
        "zh-CN",
        [
            ("您的会话即将被锁定", "您的会话将在 {n} 秒后被锁定。"),
            ("您即将被注销", "您将在 {n} 秒后被注销。请立即保存您的工作。"),
            ("您的连接即将断开", "您的连接将在 {n} 秒后断开。会话将继续运行。"),
        ],
    ),
];

impl Notices {
    /// What to tell a user so many seconds before, best first: in the user's languages where there are words, then in the default one, and
    /// English at last.
    pub fn warnings(&self, preferred: &[Language], coming: Coming, seconds: u32) -> Vec<Telling> {
        let wanted = preferred.iter().chain([&self.default_language]);
        let serves = |row: &&Row, language: &Language| row.0.parse::<Language>().is_ok_and(|own| own.serves(language));
        let found = wanted.filter_map(|language| ROWS.iter().find(|row| serves(row, language)));
        let mut tellings: Vec<Telling> = Vec::new();
        for row in found.chain(ROWS.first()) {
            let telling = telling(row, coming, seconds);
            if !tellings.contains(&telling) {
                tellings.push(telling);
            }
        }
        tellings
    }
}

fn telling((language, texts): &Row, coming: Coming, seconds: u32) -> Telling {
    let [lock, log_off, disconnect] = texts;
    let (title, body) = match coming {
        Coming::Lock => lock,
        Coming::LogOff => log_off,
        Coming::Disconnect => disconnect,
    };
    let labels = labels(&language.parse().unwrap_or_default());
    Telling {
        language: (*language).to_owned(),
        title: (*title).to_owned(),
        body: body.replace("{n}", &seconds.to_string()),
        accept: labels.accept.to_owned(),
        decline: labels.decline.to_owned(),
        dismiss: labels.dismiss.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_warned_in_their_language_with_english_last() {
        let languages: Vec<Language> = ["ja", "nl"].iter().filter_map(|tag| tag.parse().ok()).collect();
        for coming in [Coming::Lock, Coming::LogOff, Coming::Disconnect] {
            let told = Notices::default().warnings(&languages, coming, 15);
            assert_eq!(told.iter().map(|telling| telling.language.as_str()).collect::<Vec<_>>(), ["ja", "en"]);
            assert!(told.iter().all(|telling| telling.body.contains("15") && !telling.body.contains("{n}")));
        }
        for row in ROWS {
            for coming in [Coming::Lock, Coming::LogOff, Coming::Disconnect] {
                assert!(telling(row, coming, 7).body.contains('7'), "{}", row.0);
            }
        }
    }
}
