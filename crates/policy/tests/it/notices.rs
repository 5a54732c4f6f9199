use policy::{Language, Locale, MAX_NOTICES_BYTES, NoticeText, Notices, Recorded, button_labels};

fn languages(tags: &[&str]) -> Vec<Language> {
    tags.iter().map(|tag| tag.parse().unwrap()).collect()
}

fn text(language: &str) -> NoticeText {
    let title = format!("own {language}").parse().unwrap();
    NoticeText { language: language.parse().unwrap(), title, body: "a\nb".parse().unwrap() }
}

/// The titles that a user with these languages would be told, best first.
fn titles(notices: &Notices, preferred: &[&str]) -> Vec<String> {
    notices.tellings(&languages(preferred), Recorded::default()).into_iter().map(|telling| telling.title).collect()
}

#[test]
fn users_are_told_in_their_language_else_in_the_default_one() {
    let mut notices = Notices::default();
    assert_eq!(titles(&notices, &["de-AT"])[0], "Ihre Sitzung wird aufgezeichnet");
    assert_eq!(titles(&notices, &["zh-SG"])[0], "您的会话正在被录制");
    assert_eq!(titles(&notices, &["zh-TW"]), ["Your session is being recorded"], "another script is no text for them");
    assert_eq!(titles(&notices, &["sw", "ja"]), ["このセッションは記録されています", "Your session is being recorded"]);
    notices.texts = vec![text("pt-BR"), text("de"), text("de-AT"), text("ar")];
    notices.default_language = "ar".parse().unwrap();
    assert_eq!(titles(&notices, &["pt"])[0], "own pt-BR");
    assert_eq!(titles(&notices, &["de-CH"])[0], "own de");
    assert_eq!(titles(&notices, &["DE-at"])[0], "own de-AT");
    assert_eq!(titles(&notices, &["sw"]), ["own ar", "Your session is being recorded"]);
    let arabic = notices.tellings(&[], Recorded::default()).remove(0);
    assert_eq!((arabic.language.as_str(), arabic.accept.as_str()), ("ar", "موافقة"));
    notices.built_in_texts = false;
    assert_eq!(titles(&notices, &["fr"])[0], "own ar", "the house's texts were switched off");
}

#[test]
fn built_in_texts_say_what_is_recorded_and_what_an_answer_brings() {
    let asks = Notices { consent: true, ..Notices::default() };
    for language in ["en", "fr", "de", "es", "ja", "zh-CN"] {
        let preferred = languages(&[language]);
        let tell = |notices: &Notices, events_only| {
            notices.tellings(&preferred, Recorded { events_only, typing: false }).remove(0)
        };
        let (screen, events) = (tell(&Notices::default(), false), tell(&Notices::default(), true));
        assert_eq!((screen.title, screen.body.lines().count()), (events.title, 2));
        assert_ne!(screen.body, events.body);
        let question = tell(&asks, false);
        assert!(question.title.ends_with(['?', '？']), "{}", question.title);
        assert_eq!(question.body.lines().count(), 3);
    }
    assert_eq!(Notices::built_in_tellings(true).len(), 6);
}

#[test]
fn where_what_is_typed_is_recorded_every_text_says_so() {
    let mut notices = Notices::default();
    let typing = Recorded { typing: true, ..Recorded::default() };
    for language in ["en", "fr", "de", "es", "ja", "zh-CN"] {
        let preferred = languages(&[language]);
        for asks in [false, true] {
            notices.consent = asks;
            let (told, without) =
                (notices.tellings(&preferred, typing), notices.tellings(&preferred, Recorded::default()));
            assert_eq!(told.len(), without.len());
            for (told, without) in told.iter().zip(&without) {
                assert_eq!(told.body.lines().count(), without.body.lines().count() + 1, "{told:?}");
            }
        }
    }
    let german = notices.tellings(&languages(&["de"]), typing).remove(0);
    assert!(german.body.contains("Auch was Sie tippen, wird aufgezeichnet."), "{german:?}");
    // A text of one's own is no way around it, whatever its language.
    let mut sentences = std::collections::BTreeSet::new();
    for label in button_labels() {
        notices.texts = vec![text(label.language)];
        let body = notices.tellings(&languages(&[label.language]), typing).remove(0).body;
        let sentence = body.strip_prefix("a\nb\n").unwrap_or_else(|| panic!("{}: {body}", label.language));
        sentences.insert(sentence.to_owned());
    }
    assert_eq!(sentences.len(), button_labels().count(), "each language has its own");
    notices.texts = vec![text("sw")];
    assert_eq!(notices.tellings(&languages(&["sw"]), typing)[0].body, "a\nb\nWhat you type is recorded, too.");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refuse = |notices: Notices| notices.check().unwrap_err().to_string();
    assert!(refuse(Notices { patience_secs: 29, ..Notices::default() }).contains("30 to 3600"));
    assert!(refuse(Notices { texts: vec![text("de"), text("DE")], ..Notices::default() }).contains("two texts in DE"));
    let sw: Language = "sw".parse().unwrap();
    assert!(refuse(Notices { default_language: sw.clone(), ..Notices::default() }).contains("sw"));
    Notices { default_language: sw, texts: vec![text("sw")], ..Notices::default() }.check().unwrap();
    assert!(Notices { built_in_texts: false, ..Notices::default() }.check().is_err());
    let long = NoticeText { body: "x".repeat(6_000).parse().unwrap(), ..text("de") };
    let many =
        ["de", "fr", "nl", "it", "pt", "pl"].map(|tag| NoticeText { language: tag.parse().unwrap(), ..long.clone() });
    let notices = Notices { texts: many.to_vec(), ..Notices::default() };
    assert!(notices.to_json().len() > MAX_NOTICES_BYTES && notices.check().is_err());
    for tag in ["", "d", "de_DE", "de-", "-de", "12", "de-DE-123456789"] {
        assert!(tag.parse::<Language>().is_err(), "{tag}");
    }
    assert!(Notices::from_json(r#"{"consent":true,"later":1}"#).is_err());
}

#[test]
fn locales_are_read_as_gettext_does() {
    let read = |language: &str, lc_all: &str, lc_messages: &str, lang: &str| {
        let set = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let locale =
            Locale { language: set(language), lc_all: set(lc_all), lc_messages: set(lc_messages), lang: set(lang) };
        locale.languages().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(read("", "", "", "de_AT.UTF-8@euro"), "de-AT");
    assert_eq!(read("fr:de_DE", "", "", "es_ES.UTF-8"), "fr de-DE es-ES");
    assert_eq!(read("fr", "C.UTF-8", "de_DE", "es_ES"), "", "the plain locale speaks for itself");
    assert_eq!(read("", "", "ja_JP.UTF-8", "es_ES"), "ja-JP");
    assert_eq!(read("", "zh_CN", "ja_JP.UTF-8", "es_ES"), "zh-CN");
    assert_eq!(read("fr", "", "", ""), "");
    assert_eq!(read("../../x:de", "", "", "en_US"), "de en-US");
    assert!(Locale::default().is_silent());
}
