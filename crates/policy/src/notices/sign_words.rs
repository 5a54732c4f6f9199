//! What the sign in a recorded session says, and what becomes of its hotkeys: a few words each.

use super::{Language, Notices};

/// The sign's words in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignWords {
    /// As a tag, such as `zh-CN`.
    pub language: &'static str,
    /// The screen is recorded.
    pub recorded: &'static str,
    /// Events alone are.
    pub events: &'static str,
    /// The recording is paused.
    pub paused: &'static str,
    /// What became of what the user wanted. In languages without words of their own for it, in English.
    pub outcomes: OutcomeWords,
}

/// What became of what a user wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutcomeWords {
    /// A recording has begun.
    pub started: &'static str,
    /// It has ended.
    pub stopped: &'static str,
    /// There was none to end.
    pub not_recorded: &'static str,
    /// The user may not begin one.
    pub may_not_start: &'static str,
    /// Somebody else began it.
    pub not_yours: &'static str,
    /// It could not be done now.
    pub failed: &'static str,
}

impl Notices {
    /// What the sign says, best language first: the user's, then the default one, and English at last.
    pub fn sign_words(&self, preferred: &[Language]) -> Vec<SignWords> {
        let mut found: Vec<SignWords> = Vec::new();
        for language in preferred.iter().chain([&self.default_language, &Language::default()]) {
            found.extend(words(language).filter(|words| !found.contains(words)));
        }
        found
    }
}

/// Every language that the sign is written in.
pub fn all_sign_words() -> impl Iterator<Item = SignWords> {
    WORDS.iter().map(of_row)
}

fn words(language: &Language) -> Option<SignWords> {
    let serves = |tag: &str| tag.parse::<Language>().is_ok_and(|own| own.serves(language));
    WORDS.iter().find(|row| serves(row.0)).map(of_row)
}

fn of_row(&(language, recorded, events, paused): &Row) -> SignWords {
    let outcomes = OUTCOMES.iter().find(|(tag, _)| *tag == language).unwrap_or(&OUTCOMES[0]).1;
    SignWords { language, recorded, events, paused, outcomes }
}

/// Language, recorded, events only, paused.
type Row = (&'static str, &'static str, &'static str, &'static str);

const WORDS: &[Row] = &[
    ("en", "Session recorded", "Events recorded", "Recording paused"),
    ("fr", "Session enregistrée", "Événements enregistrés", "Enregistrement en pause"),
    ("de", "Sitzung wird aufgezeichnet", "Ereignisse werden aufgezeichnet", "Aufzeichnung angehalten"),
    ("es", "Sesión en grabación", "Se registran eventos", "Grabación en pausa"),
    ("ja", "セッションを記録中", "イベントを記録中", "記録を一時停止中"),
    ("zh-CN", "会话正在录制", "正在记录事件", "录制已暂停"),
    ("zh-TW", "工作階段正在錄製", "正在記錄事件", "錄製已暫停"),
    ("ko", "세션 녹화 중", "이벤트 기록 중", "녹화 일시 중지됨"),
    ("ar", "يتم تسجيل الجلسة", "يتم تسجيل الأحداث", "التسجيل متوقف مؤقتًا"),
    ("he", "הפעלה זו מוקלטת", "אירועים מתועדים", "ההקלטה מושהית"),
    ("it", "Sessione registrata", "Eventi registrati", "Registrazione in pausa"),
    ("pt", "Sessão em gravação", "Eventos registados", "Gravação em pausa"),
    ("nl", "Sessie wordt opgenomen", "Gebeurtenissen worden vastgelegd", "Opname gepauzeerd"),
    ("pl", "Sesja jest nagrywana", "Zdarzenia są rejestrowane", "Nagrywanie wstrzymane"),
    ("sv", "Sessionen spelas in", "Händelser registreras", "Inspelningen är pausad"),
    ("da", "Sessionen optages", "Hændelser registreres", "Optagelsen er sat på pause"),
    ("nb", "Økten tas opp", "Hendelser registreres", "Opptaket er satt på pause"),
    ("fi", "Istuntoa tallennetaan", "Tapahtumia tallennetaan", "Tallennus keskeytetty"),
    ("cs", "Relace se zaznamenává", "Události se zaznamenávají", "Záznam je pozastaven"),
    ("hu", "A munkamenetet rögzítjük", "Eseményeket rögzítünk", "A felvétel szünetel"),
    ("ro", "Sesiunea este înregistrată", "Evenimentele sunt înregistrate", "Înregistrare în pauză"),
    ("el", "Η συνεδρία καταγράφεται", "Καταγράφονται συμβάντα", "Η καταγραφή είναι σε παύση"),
    ("tr", "Oturum kaydediliyor", "Olaylar kaydediliyor", "Kayıt duraklatıldı"),
    ("ru", "Сеанс записывается", "Записываются события", "Запись приостановлена"),
    ("uk", "Сеанс записується", "Записуються події", "Запис призупинено"),
];

/// English first.
const OUTCOMES: &[(&str, OutcomeWords)] = &[
    (
        "en",
        OutcomeWords {
            started: "Recording started",
            stopped: "Recording stopped",
            not_recorded: "This session is not recorded",
            may_not_start: "You may not start a recording",
            not_yours: "You can stop only what you started",
            failed: "That did not work; try again later",
        },
    ),
    (
        "fr",
        OutcomeWords {
            started: "Enregistrement démarré",
            stopped: "Enregistrement arrêté",
            not_recorded: "Cette session n’est pas enregistrée",
            may_not_start: "Vous ne pouvez pas démarrer d’enregistrement",
            not_yours: "Vous ne pouvez arrêter que ce que vous avez démarré",
            failed: "Échec\u{a0}; réessayez plus tard",
        },
    ),
    (
        "de",
        OutcomeWords {
            started: "Aufzeichnung begonnen",
            stopped: "Aufzeichnung beendet",
            not_recorded: "Diese Sitzung wird nicht aufgezeichnet",
            may_not_start: "Sie dürfen keine Aufzeichnung beginnen",
            not_yours: "Sie können nur beenden, was Sie begonnen haben",
            failed: "Das ging nicht; versuchen Sie es später",
        },
    ),
    (
        "es",
        OutcomeWords {
            started: "Grabación iniciada",
            stopped: "Grabación detenida",
            not_recorded: "Esta sesión no se graba",
            may_not_start: "No puede iniciar una grabación",
            not_yours: "Solo puede detener lo que usted inició",
            failed: "No funcionó; inténtelo más tarde",
        },
    ),
    (
        "ja",
        OutcomeWords {
            started: "記録を開始しました",
            stopped: "記録を終了しました",
            not_recorded: "このセッションは記録されていません",
            may_not_start: "記録を開始する権限がありません",
            not_yours: "自分で開始した記録だけを終了できます",
            failed: "実行できませんでした。後でもう一度お試しください",
        },
    ),
    (
        "zh-CN",
        OutcomeWords {
            started: "录制已开始",
            stopped: "录制已停止",
            not_recorded: "此会话未被录制",
            may_not_start: "您无权开始录制",
            not_yours: "您只能停止自己开始的录制",
            failed: "操作失败，请稍后再试",
        },
    ),
];
