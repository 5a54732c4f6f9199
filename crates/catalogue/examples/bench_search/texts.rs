//! What happens in made-up recordings: window titles, files and addresses in four languages, the same for the same seed.

use catalogue::RecordedEvent;

/// Pseudo-random numbers (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Small numbers often, large ones seldom, as words of a language are used.
    pub fn zipf(&mut self, limit: u64) -> u64 {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((limit as f64 + 1.0).powf(share) as u64).saturating_sub(1).min(limit - 1)
    }

    pub fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = self.zipf(of.len() as u64);
        of[usize::try_from(at).unwrap_or(0)]
    }
}

const ENGLISH: &[&str] = &[
    "invoice",
    "report",
    "customer",
    "order",
    "payment",
    "budget",
    "meeting",
    "contract",
    "delivery",
    "project",
    "account",
    "summary",
    "draft",
    "review",
    "quarter",
    "forecast",
    "inventory",
    "schedule",
    "approval",
    "audit",
    "salary",
    "travel",
    "expenses",
    "warehouse",
    "shipping",
    "complaint",
    "refund",
    "insurance",
    "minutes",
    "roadmap",
];
const GERMAN: &[&str] = &[
    "Rechnung",
    "Angebot",
    "Bestellung",
    "Überweisung",
    "Lieferschein",
    "Vertrag",
    "Prüfung",
    "Mahnung",
    "Buchung",
    "Abrechnung",
    "Kündigung",
    "Übersicht",
    "Jahresabschluss",
    "Gehaltsliste",
    "Lagerbestand",
    "Rückfrage",
    "Größe",
];
const CHINESE: &[&str] = &[
    "发票",
    "报告",
    "客户",
    "订单",
    "付款",
    "合同",
    "会议",
    "项目",
    "预算",
    "审批",
    "工资",
    "库存",
    "增值税",
    "财务报表",
    "采购申请",
    "年度计划",
    "银行对账单",
    "人事档案",
];
const JAPANESE: &[&str] = &[
    "請求書",
    "見積書",
    "注文",
    "会議",
    "契約",
    "報告書",
    "納品書",
    "売上",
    "給与明細",
    "予算",
    "在庫",
    "出張精算",
    "お知らせ",
    "プロジェクト",
    "スケジュール",
    "株式会社",
];
const PROGRAMS: &[&str] = &[
    "Outlook",
    "Microsoft Excel",
    "Firefox",
    "Word",
    "SAP Logon",
    "Terminal",
    "Teams",
    "Explorer",
    "Acrobat Reader",
    "LibreOffice Calc",
    "Visual Studio Code",
    "PuTTY",
];
const SITES: &[&str] =
    &["intranet.example.org", "shop.example.com", "wiki.example.net", "mail.example.org", "crm.example.com"];
const SYLLABLES: &[&str] = &[
    "an", "bel", "cor", "dra", "el", "fen", "gor", "hal", "in", "jor", "kel", "lum", "mar", "nor", "ost", "pra",
    "quin", "ras", "sil", "tor", "ul", "ver", "wen", "xan", "yor", "zel",
];
/// Ideographs of names.
const NAMES: &str = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓韩冯曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤";

/// How many made-up names there are.
pub const MADE_UP: u64 = 150_000;

/// A name of a customer or project; the same for the same number.
pub fn made_up(number: u64) -> String {
    let (mut left, mut name) = (number, String::new());
    for _ in 0..2 + number % 3 {
        name.push_str(SYLLABLES[usize::try_from(left % 26).unwrap_or(0)]);
        left /= 26;
    }
    name
}

/// A Chinese name of two characters; the same for the same number.
pub fn chinese_name(number: u64) -> String {
    let all: Vec<char> = NAMES.chars().collect();
    let count = all.len() as u64;
    let at = |number: u64| all[usize::try_from(number % count).unwrap_or(0)];
    [at(number / count), at(number)].iter().collect()
}

fn title(dice: &mut Dice) -> String {
    let (name, number) = (made_up(dice.zipf(MADE_UP)), dice.zipf(99_999) + 1);
    match dice.below(10) {
        0..=2 => format!("{}: {} {name} {number} - {}", dice.one(PROGRAMS), dice.one(ENGLISH), dice.one(PROGRAMS)),
        3 | 4 => format!("{}: {} {number} {name}.xlsx", dice.one(PROGRAMS), dice.one(GERMAN)),
        5 => format!("https://{}/{}/{number}?q={name} — Firefox", dice.one(SITES), dice.one(ENGLISH)),
        6 => format!("C:\\Users\\{name}\\{}\\{}_{number}.docx", dice.one(ENGLISH), dice.one(GERMAN)),
        7 => {
            let person = chinese_name(dice.zipf(14_400));
            format!("{}{} {number} - {person} - {}", dice.one(CHINESE), dice.one(CHINESE), dice.one(PROGRAMS))
        }
        8 => format!("{}：{}の{} {number}", dice.one(PROGRAMS), dice.one(JAPANESE), dice.one(JAPANESE)),
        _ => format!("/home/{name}/{}/{}-{number}.pdf", dice.one(ENGLISH), dice.one(ENGLISH)),
    }
}

/// The events of a recording of this length.
pub fn events(dice: &mut Dice, count: u64, duration_us: u64) -> Vec<RecordedEvent> {
    (0..count)
        .map(|n| {
            let (kind, text) = match dice.below(100) {
                _ if n == 0 => ("session-start", "1920×1080".to_owned()),
                _ if n + 1 == count => ("session-end", String::new()),
                0..=69 => ("topmost-window", title(dice)),
                70..=76 => ("lock", String::new()),
                77..=83 => ("unlock", String::new()),
                84..=87 => ("resize", format!("{}×{}", 800 + dice.below(1_200), 600 + dice.below(900))),
                88..=90 => {
                    ("client", format!("laptop-{:04} 10.{}.{}.7", dice.below(5_000), dice.below(256), dice.below(256)))
                }
                91..=98 => ("custom", format!("file-copied: {}", title(dice))),
                _ if dice.below(1_000) == 0 => ("disturbed", "windows were opened very often".to_owned()),
                _ => ("opened", dice.one(PROGRAMS).to_owned()),
            };
            RecordedEvent { time_us: duration_us * n / count, kind: kind.to_owned(), text }
        })
        .collect()
}
