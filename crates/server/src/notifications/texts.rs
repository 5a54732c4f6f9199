//! The words of mails, in six languages.

use api::MailLanguage;

/// What mails say around what happened.
pub struct Texts {
    /// The language as a tag.
    pub tag: &'static str,
    pub intro: &'static str,
    pub event: &'static str,
    pub detail: &'static str,
    pub count: &'static str,
    pub time: &'static str,
    pub user: &'static str,
    pub machine: &'static str,
    pub trigger: &'static str,
    pub rule: &'static str,
    pub policy: &'static str,
    pub open: &'static str,
    pub footer: &'static str,
    pub test_subject: &'static str,
    pub test: &'static str,
}

/// The words of a language.
pub fn of(language: MailLanguage) -> &'static Texts {
    match language {
        MailLanguage::English => &ENGLISH,
        MailLanguage::French => &FRENCH,
        MailLanguage::German => &GERMAN,
        MailLanguage::Spanish => &SPANISH,
        MailLanguage::Japanese => &JAPANESE,
        MailLanguage::SimplifiedChinese => &CHINESE,
    }
}

/// The text of mails in a language, as long as nobody has written another.
pub fn built_in(language: MailLanguage) -> String {
    let words = of(language);
    let facts = [
        (words.event, "event"),
        (words.detail, "detail"),
        (words.count, "count"),
        (words.time, "time"),
        (words.user, "user"),
        (words.machine, "machine"),
        (words.trigger, "trigger"),
        (words.rule, "rule"),
        (words.policy, "policy"),
    ];
    let facts: String = facts.iter().map(|(word, name)| format!("{word}: {{{name}}}\n")).collect();
    format!("{}\n\n{facts}\n{}: {{link}}\n\n--\n{}\n", words.intro, words.open, words.footer)
}

const ENGLISH: Texts = Texts {
    tag: "en",
    intro: "Something happened in a recorded session that you are to be told of.",
    event: "What",
    detail: "Detail",
    count: "How often",
    time: "When",
    user: "User",
    machine: "Machine",
    trigger: "Trigger",
    rule: "Rule",
    policy: "Policy",
    open: "Open this moment",
    footer: "Sent by Kinescope because a detection policy asks for it. Details come from the recorded session: do not trust addresses in them.",
    test_subject: "A test of mail",
    test: "Kinescope can send mail: this is a test.",
};
const FRENCH: Texts = Texts {
    tag: "fr",
    intro: "Un événement dont vous devez être informé s’est produit dans une session enregistrée.",
    event: "Événement",
    detail: "Détail",
    count: "Nombre",
    time: "Heure",
    user: "Utilisateur",
    machine: "Machine",
    trigger: "Déclencheur",
    rule: "Règle",
    policy: "Stratégie",
    open: "Ouvrir ce moment",
    footer: "Envoyé par Kinescope à la demande d’une stratégie de détection. Les détails proviennent de la session enregistrée : ne vous fiez pas aux adresses qu’ils contiennent.",
    test_subject: "Test du courrier",
    test: "Kinescope peut envoyer du courrier : ceci est un test.",
};
const GERMAN: Texts = Texts {
    tag: "de",
    intro: "In einer aufgezeichneten Sitzung ist etwas geschehen, wovon Sie erfahren sollen.",
    event: "Ereignis",
    detail: "Einzelheit",
    count: "Wie oft",
    time: "Zeit",
    user: "Benutzer",
    machine: "Rechner",
    trigger: "Auslöser",
    rule: "Regel",
    policy: "Richtlinie",
    open: "Diesen Augenblick öffnen",
    footer: "Von Kinescope gesendet, weil eine Erkennungsrichtlinie es verlangt. Einzelheiten stammen aus der aufgezeichneten Sitzung: Trauen Sie keinen Adressen darin.",
    test_subject: "Probe der E-Mail",
    test: "Kinescope kann E-Mails senden: Dies ist eine Probe.",
};
const SPANISH: Texts = Texts {
    tag: "es",
    intro: "En una sesión grabada ha ocurrido algo de lo que debe ser informado.",
    event: "Evento",
    detail: "Detalle",
    count: "Cuántas veces",
    time: "Hora",
    user: "Usuario",
    machine: "Equipo",
    trigger: "Desencadenador",
    rule: "Regla",
    policy: "Directiva",
    open: "Abrir este momento",
    footer: "Enviado por Kinescope porque lo pide una directiva de detección. Los detalles proceden de la sesión grabada: no confíe en las direcciones que contengan.",
    test_subject: "Prueba de correo",
    test: "Kinescope puede enviar correo: esto es una prueba.",
};
const JAPANESE: Texts = Texts {
    tag: "ja",
    intro: "記録中のセッションで、お知らせすべきことが起こりました。",
    event: "イベント",
    detail: "詳細",
    count: "回数",
    time: "時刻",
    user: "ユーザー",
    machine: "マシン",
    trigger: "トリガー",
    rule: "ルール",
    policy: "ポリシー",
    open: "この時点を開く",
    footer: "検出ポリシーの指定により Kinescope が送信しました。詳細は記録されたセッションから取られたものです。その中のアドレスは信用しないでください。",
    test_subject: "メールのテスト",
    test: "Kinescope はメールを送信できます。これはテストです。",
};
const CHINESE: Texts = Texts {
    tag: "zh-Hans",
    intro: "录制的会话中发生了需要通知您的事件。",
    event: "事件",
    detail: "详情",
    count: "次数",
    time: "时间",
    user: "用户",
    machine: "计算机",
    trigger: "触发器",
    rule: "规则",
    policy: "策略",
    open: "打开此刻",
    footer: "Kinescope 按照检测策略的要求发送。详情来自录制的会话，请勿信任其中的网址。",
    test_subject: "邮件测试",
    test: "Kinescope 可以发送邮件：这是一次测试。",
};

/// A kind of event: its word, and its name in English, French, German, Spanish, Japanese and Chinese.
type Named = (&'static str, [&'static str; 6]);

const KINDS: &[Named] = &[
    (
        "session-start",
        ["Session start", "Début de session", "Sitzungsbeginn", "Inicio de sesión", "セッションの開始", "会话开始"],
    ),
    ("session-end", ["Session end", "Fin de session", "Sitzungsende", "Fin de sesión", "セッションの終了", "会话结束"]),
    (
        "lock",
        [
            "Session locked",
            "Session verrouillée",
            "Sitzung gesperrt",
            "Sesión bloqueada",
            "セッションのロック",
            "会话已锁定",
        ],
    ),
    (
        "unlock",
        [
            "Session unlocked",
            "Session déverrouillée",
            "Sitzung entsperrt",
            "Sesión desbloqueada",
            "セッションのロック解除",
            "会话已解锁",
        ],
    ),
    (
        "client",
        [
            "Client connected or gone",
            "Connexion ou départ d’un client",
            "Client verbunden oder getrennt",
            "Cliente conectado o desconectado",
            "クライアントの接続と切断",
            "客户端连接或断开",
        ],
    ),
    (
        "opened",
        ["Opened first", "Ouvert en premier", "Zuerst geöffnet", "Abierto primero", "最初に開かれたもの", "首先打开"],
    ),
    (
        "disturbed",
        [
            "Recording disturbed",
            "Enregistrement perturbé",
            "Aufzeichnung gestört",
            "Grabación perturbada",
            "記録の妨害",
            "录制受到干扰",
        ],
    ),
    (
        "topmost-window",
        [
            "Topmost window",
            "Fenêtre au premier plan",
            "Oberstes Fenster",
            "Ventana en primer plano",
            "最前面のウィンドウ",
            "最前窗口",
        ],
    ),
    ("idle", ["Idle", "Inactivité", "Untätigkeit", "Inactividad", "アイドル", "空闲"]),
    (
        "idle-end",
        [
            "End of idleness",
            "Fin d’inactivité",
            "Ende der Untätigkeit",
            "Fin de la inactividad",
            "アイドルの終了",
            "空闲结束",
        ],
    ),
    ("clipboard", ["Clipboard", "Presse-papiers", "Zwischenablage", "Portapapeles", "クリップボード", "剪贴板"]),
    (
        "not-responding",
        [
            "Program does not respond",
            "Le programme ne répond pas",
            "Programm reagiert nicht",
            "El programa no responde",
            "プログラムの応答なし",
            "程序无响应",
        ],
    ),
    (
        "responds-again",
        [
            "Program responds again",
            "Le programme répond à nouveau",
            "Programm reagiert wieder",
            "El programa vuelve a responder",
            "プログラムの応答再開",
            "程序恢复响应",
        ],
    ),
    (
        "popup",
        [
            "Popup window",
            "Fenêtre contextuelle",
            "Aufklappendes Fenster",
            "Ventana emergente",
            "ポップアップ",
            "弹出窗口",
        ],
    ),
    (
        "page-shown",
        [
            "Web page shown",
            "Page web affichée",
            "Webseite angezeigt",
            "Página web mostrada",
            "ウェブページの表示",
            "显示网页",
        ],
    ),
    (
        "page-left",
        [
            "Web page left",
            "Page web quittée",
            "Webseite verlassen",
            "Página web abandonada",
            "ウェブページからの移動",
            "离开网页",
        ],
    ),
    ("typed", ["Typed text", "Texte saisi", "Getippter Text", "Texto escrito", "入力されたテキスト", "键入的文本"]),
    ("performance", ["Performance", "Performances", "Leistung", "Rendimiento", "パフォーマンス", "性能"]),
    (
        "program-start",
        [
            "Program start",
            "Démarrage d’un programme",
            "Programmstart",
            "Inicio de programa",
            "プログラムの起動",
            "程序启动",
        ],
    ),
    (
        "program-end",
        ["Program end", "Fin d’un programme", "Programmende", "Fin de programa", "プログラムの終了", "程序结束"],
    ),
    (
        "program-failed",
        [
            "Program failure",
            "Échec d’un programme",
            "Programmabsturz",
            "Fallo de programa",
            "プログラムの異常終了",
            "程序故障",
        ],
    ),
    (
        "events-lost",
        ["Events lost", "Événements perdus", "Ereignisse verloren", "Eventos perdidos", "イベントの欠落", "事件丢失"],
    ),
    (
        "custom",
        [
            "Custom event",
            "Événement personnalisé",
            "Eigenes Ereignis",
            "Evento personalizado",
            "カスタムイベント",
            "自定义事件",
        ],
    ),
    (
        "file-created",
        ["File created", "Fichier créé", "Datei angelegt", "Archivo creado", "ファイルの作成", "文件已创建"],
    ),
    (
        "file-renamed",
        [
            "File renamed",
            "Fichier renommé",
            "Datei umbenannt",
            "Archivo renombrado",
            "ファイル名の変更",
            "文件已重命名",
        ],
    ),
    (
        "file-moved",
        ["File moved", "Fichier déplacé", "Datei verschoben", "Archivo movido", "ファイルの移動", "文件已移动"],
    ),
    (
        "file-deleted",
        ["File deleted", "Fichier supprimé", "Datei gelöscht", "Archivo eliminado", "ファイルの削除", "文件已删除"],
    ),
    (
        "file-copied",
        [
            "File copied out",
            "Fichier copié ailleurs",
            "Datei hinauskopiert",
            "Archivo copiado fuera",
            "ファイルの外部へのコピー",
            "文件已复制到别处",
        ],
    ),
    (
        "account-changed",
        ["Account changed", "Compte modifié", "Konto geändert", "Cuenta modificada", "アカウントの変更", "账户已更改"],
    ),
    (
        "group-changed",
        ["Group changed", "Groupe modifié", "Gruppe geändert", "Grupo modificado", "グループの変更", "组已更改"],
    ),
    (
        "configuration-changed",
        [
            "Configuration changed",
            "Configuration modifiée",
            "Konfiguration geändert",
            "Configuración modificada",
            "設定の変更",
            "配置已更改",
        ],
    ),
    (
        "package-changed",
        [
            "Package changed",
            "Paquet modifié",
            "Paket geändert",
            "Paquete modificado",
            "パッケージの変更",
            "软件包已更改",
        ],
    ),
    (
        "connection",
        [
            "Outgoing connection",
            "Connexion sortante",
            "Ausgehende Verbindung",
            "Conexión saliente",
            "発信接続",
            "传出连接",
        ],
    ),
    (
        "usb-storage",
        ["USB storage", "Stockage USB", "USB-Speicher", "Almacenamiento USB", "USB ストレージ", "USB 存储设备"],
    ),
    ("print-job", ["Printing", "Impression", "Drucken", "Impresión", "印刷", "打印"]),
    (
        "document-kept",
        [
            "Copy of what was printed",
            "Copie de ce qui a été imprimé",
            "Kopie des Gedruckten",
            "Copia de lo impreso",
            "印刷物の写し",
            "打印内容的副本",
        ],
    ),
    (
        "client-drive",
        [
            "Client drive",
            "Lecteur du client",
            "Laufwerk des Clients",
            "Unidad del cliente",
            "クライアントのドライブ",
            "客户端驱动器",
        ],
    ),
    (
        "file-transfer",
        [
            "File transfer",
            "Transfert de fichier",
            "Dateiübertragung",
            "Transferencia de archivo",
            "ファイル転送",
            "文件传输",
        ],
    ),
];

/// What a kind of event is called; one that is not known by its word.
pub fn kind(language: MailLanguage, kind: &str) -> &str {
    let column = match language {
        MailLanguage::English => 0,
        MailLanguage::French => 1,
        MailLanguage::German => 2,
        MailLanguage::Spanish => 3,
        MailLanguage::Japanese => 4,
        MailLanguage::SimplifiedChinese => 5,
    };
    let named = KINDS.iter().find(|(word, _)| *word == kind).and_then(|(_, names)| names.get(column).copied());
    named.unwrap_or(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_triggers_can_be_about_has_a_name_in_every_language() {
        for known in events::KINDS.iter().filter(|known| known.name != "response") {
            assert_ne!(kind(MailLanguage::SimplifiedChinese, known.name), known.name, "{}", known.name);
        }
        assert_eq!(kind(MailLanguage::German, "of a later version"), "of a later version");
    }
}
