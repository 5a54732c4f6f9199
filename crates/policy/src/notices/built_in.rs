//! Texts that are there from the beginning.

use super::language::Language;

/// A built-in text, in parts.
pub struct Words {
    /// Its language.
    pub language: &'static str,
    /// Title of a notice.
    pub notice: &'static str,
    /// Title of a question.
    pub question: &'static str,
    /// What is recorded: the screen.
    pub screen: &'static str,
    /// What is recorded: events alone.
    pub events: &'static str,
    /// What an answer brings.
    pub consent: &'static str,
    /// Whom to ask.
    pub contact: &'static str,
}

/// What stands on buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    /// The language as a tag.
    pub language: &'static str,
    /// What stands on the button that agrees.
    pub accept: &'static str,
    /// What stands on the button that does not.
    pub decline: &'static str,
    /// What stands on the button that closes a notice.
    pub dismiss: &'static str,
}

impl Words {
    /// The text for somebody who reads this language.
    pub fn of(language: &Language) -> Option<&'static Self> {
        WORDS.iter().find(|words| words.language.parse::<Language>().is_ok_and(|own| own.serves(language)))
    }
}

/// What stands on the buttons below a text in this language; English where nothing better is known.
pub fn labels(language: &Language) -> Labels {
    let mut known = all_labels();
    let serves = |tag: &str| tag.parse::<Language>().is_ok_and(|own| own.serves(language));
    known.find(|labels| serves(labels.language)).unwrap_or_else(|| labels_of(&LABELS[0]))
}

/// Every language in which buttons can be labelled, English first.
pub fn all_labels() -> impl Iterator<Item = Labels> {
    LABELS.iter().map(labels_of)
}

fn labels_of(&(language, accept, decline, dismiss): &Row) -> Labels {
    Labels { language, accept, decline, dismiss }
}

pub const WORDS: &[Words] = &[
    Words {
        language: "en",
        notice: "Your session is being recorded",
        question: "Do you agree to this session being recorded?",
        screen: "Your organization records this session: what your screen shows is stored and can be viewed by authorized people.",
        events: "Your organization records events of this session, such as when it starts, ends or is locked. No pictures of your screen are stored.",
        consent: "Nothing has been recorded yet. If you decline, or do not answer in time, you are logged off.",
        contact: "If you have questions, contact your administrator.",
    },
    Words {
        language: "fr",
        notice: "Votre session est enregistrée",
        question: "Acceptez-vous que cette session soit enregistrée\u{a0}?",
        screen: "Votre organisation enregistre cette session\u{a0}: ce qu’affiche votre écran est conservé et peut être consulté par des personnes autorisées.",
        events: "Votre organisation enregistre les événements de cette session, par exemple son début, sa fin et son verrouillage. Aucune image de votre écran n’est conservée.",
        consent: "Rien n’a encore été enregistré. Si vous refusez, ou si vous ne répondez pas à temps, votre session sera fermée.",
        contact: "Pour toute question, adressez-vous à votre administrateur.",
    },
    Words {
        language: "de",
        notice: "Ihre Sitzung wird aufgezeichnet",
        question: "Sind Sie mit der Aufzeichnung dieser Sitzung einverstanden?",
        screen: "Ihre Organisation zeichnet diese Sitzung auf: Was auf Ihrem Bildschirm zu sehen ist, wird gespeichert und kann von berechtigten Personen angesehen werden.",
        events: "Ihre Organisation zeichnet Ereignisse dieser Sitzung auf, zum Beispiel wann sie beginnt, endet oder gesperrt wird. Bilder Ihres Bildschirms werden nicht gespeichert.",
        consent: "Bisher wurde nichts aufgezeichnet. Wenn Sie ablehnen oder nicht rechtzeitig antworten, werden Sie abgemeldet.",
        contact: "Bei Fragen wenden Sie sich an Ihre Administration.",
    },
    Words {
        language: "es",
        notice: "Su sesión se está grabando",
        question: "¿Acepta que se grabe esta sesión?",
        screen: "Su organización graba esta sesión: lo que muestra su pantalla se almacena y puede ser visto por personas autorizadas.",
        events: "Su organización registra los eventos de esta sesión, por ejemplo cuándo empieza, termina o se bloquea. No se almacenan imágenes de su pantalla.",
        consent: "Todavía no se ha grabado nada. Si no acepta, o si no responde a tiempo, se cerrará su sesión.",
        contact: "Si tiene preguntas, póngase en contacto con su administrador.",
    },
    Words {
        language: "ja",
        notice: "このセッションは記録されています",
        question: "このセッションの記録に同意しますか？",
        screen: "組織の方針により、このセッションは記録されます。画面に表示される内容は保存され、権限を持つ担当者が閲覧することがあります。",
        events: "組織の方針により、このセッションの開始、終了、ロックなどの出来事が記録されます。画面の映像は保存されません。",
        consent: "まだ何も記録されていません。同意しない場合、または時間内に回答しない場合は、ログオフされます。",
        contact: "ご不明な点は、管理者にお問い合わせください。",
    },
    Words {
        language: "zh-CN",
        notice: "您的会话正在被录制",
        question: "您是否同意录制此会话？",
        screen: "您所在的组织会录制此会话：屏幕上显示的内容将被保存，并可供获授权人员查看。",
        events: "您所在的组织会记录此会话中的事件，例如会话的开始、结束和锁定。不会保存屏幕画面。",
        consent: "目前尚未录制任何内容。如果您拒绝，或未在规定时间内作出选择，您将被注销。",
        contact: "如有疑问，请联系管理员。",
    },
];

/// Language, agreeing, not agreeing, closing.
type Row = (&'static str, &'static str, &'static str, &'static str);

const LABELS: &[Row] = &[
    ("en", "Accept", "Decline", "Close"),
    ("fr", "Accepter", "Refuser", "Fermer"),
    ("de", "Zustimmen", "Ablehnen", "Schließen"),
    ("es", "Aceptar", "Rechazar", "Cerrar"),
    ("ja", "同意する", "同意しない", "閉じる"),
    ("zh-CN", "同意", "拒绝", "关闭"),
    ("zh-TW", "同意", "拒絕", "關閉"),
    ("ko", "동의", "거부", "닫기"),
    ("ar", "موافقة", "رفض", "إغلاق"),
    ("he", "הסכמה", "סירוב", "סגירה"),
    ("it", "Accetta", "Rifiuta", "Chiudi"),
    ("pt", "Aceitar", "Recusar", "Fechar"),
    ("nl", "Accepteren", "Weigeren", "Sluiten"),
    ("pl", "Zgadzam się", "Nie zgadzam się", "Zamknij"),
    ("sv", "Godkänn", "Avböj", "Stäng"),
    ("da", "Acceptér", "Afvis", "Luk"),
    ("nb", "Godta", "Avslå", "Lukk"),
    ("fi", "Hyväksy", "Hylkää", "Sulje"),
    ("cs", "Souhlasím", "Nesouhlasím", "Zavřít"),
    ("hu", "Elfogadom", "Elutasítom", "Bezárás"),
    ("ro", "Accept", "Refuz", "Închide"),
    ("el", "Αποδοχή", "Απόρριψη", "Κλείσιμο"),
    ("tr", "Kabul et", "Reddet", "Kapat"),
    ("ru", "Согласиться", "Отказаться", "Закрыть"),
    ("uk", "Погодитися", "Відмовитися", "Закрити"),
];
