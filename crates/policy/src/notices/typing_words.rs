//! What users are told where what they type is recorded, too.

use super::language::Language;

/// The sentence, in this language or in English.
pub fn of(language: &Language) -> &'static str {
    let serves = |tag: &str| tag.parse::<Language>().is_ok_and(|own| own.serves(language));
    let found = SENTENCES.iter().find(|(tag, _)| serves(tag)).or(SENTENCES.first());
    found.map_or("", |(_, sentence)| sentence)
}

/// English first, and all that buttons are labelled in.
const SENTENCES: &[(&str, &str)] = &[
    ("en", "What you type is recorded, too."),
    ("fr", "Ce que vous tapez au clavier est également enregistré."),
    ("de", "Auch was Sie tippen, wird aufgezeichnet."),
    ("es", "También se registra lo que escribe con el teclado."),
    ("ja", "キーボードで入力した内容も記録されます。"),
    ("zh-CN", "您通过键盘输入的内容也会被记录。"),
    ("zh-TW", "您透過鍵盤輸入的內容也會被記錄。"),
    ("ko", "키보드로 입력하는 내용도 기록됩니다."),
    ("ar", "يتم أيضًا تسجيل ما تكتبه على لوحة المفاتيح."),
    ("he", "גם מה שאתם מקלידים מתועד."),
    ("it", "Viene registrato anche ciò che digita sulla tastiera."),
    ("pt", "O que escreve no teclado também é registado."),
    ("nl", "Ook wat u typt, wordt vastgelegd."),
    ("pl", "Rejestrowane jest również wszystko, co jest wpisywane na klawiaturze."),
    ("sv", "Även det du skriver på tangentbordet registreras."),
    ("da", "Det, du skriver på tastaturet, registreres også."),
    ("nb", "Det du skriver på tastaturet, registreres også."),
    ("fi", "Myös se, mitä kirjoitat näppäimistöllä, tallennetaan."),
    ("cs", "Zaznamenává se i to, co píšete na klávesnici."),
    ("hu", "Azt is rögzítjük, amit a billentyűzeten beír."),
    ("ro", "Se înregistrează și ceea ce scrieți la tastatură."),
    ("el", "Καταγράφονται επίσης όσα πληκτρολογείτε."),
    ("tr", "Klavyede yazdıklarınız da kaydedilir."),
    ("ru", "Записывается также то, что вы вводите с клавиатуры."),
    ("uk", "Записується також те, що ви вводите з клавіатури."),
];

#[cfg(test)]
mod tests {
    use super::super::button_labels;
    use super::*;

    #[test]
    fn there_is_a_sentence_in_every_language_that_buttons_are_labelled_in() {
        for labels in button_labels() {
            assert!(SENTENCES.iter().any(|(tag, _)| *tag == labels.language), "{}", labels.language);
        }
        assert_eq!(of(&Language::default()), SENTENCES[0].1);
    }
}
