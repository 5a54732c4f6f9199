//! Words of event texts: how texts are compared, what of them is indexed, and which index entries a search needs.
//!
//! Letters between other characters are one word. Scripts that put no spaces between words, and signs, give pairs of
//! neighbouring characters; digits give triples. The index holds hashes of these, so nothing recorded is ever part of an
//! expression of the index.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// Most characters of a text after folding, which can make it longer.
const MAX_FOLDED_CHARS: usize = 512;
/// Words of a search that are looked at.
pub(crate) const MAX_TERMS: usize = 8;
/// Pieces of one long run that are looked up; the comparison does the rest.
const MAX_PIECES: usize = 6;

/// A text as it is compared: full-width and half-width forms, ligatures and compositions made the same, in lower case.
pub(crate) fn fold(text: &str) -> String {
    let lower = text.nfkc().flat_map(char::to_lowercase);
    // Lower-cased, some sequences compose anew.
    lower.nfkc().map(|character| if character == 'ς' { 'σ' } else { character }).take(MAX_FOLDED_CHARS).collect()
}

/// What a character is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A word of letters, indexed whole.
    Letters,
    /// A number, indexed by three digits.
    Digits,
    /// Writing without spaces, or signs; indexed by two characters.
    Signs,
    /// Nothing that is indexed.
    Between,
}

impl Class {
    fn of(character: char) -> Self {
        match character {
            'a'..='z' => Self::Letters,
            '0'..='9' => Self::Digits,
            '\0'..='\x7f' => Self::Between,
            // Thai to Myanmar, Hangul letters, Khmer; kana, ideographs, Hangul, Yi; compatibility forms; further planes.
            '\u{0e00}'..='\u{109f}'
            | '\u{1100}'..='\u{11ff}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{2e80}'..='\u{2fdf}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7ff}'
            | '\u{e000}'..='\u{faff}'
            | '\u{1b000}'..='\u{1b16f}'
            | '\u{20000}'..='\u{3ffff}' => Self::Signs,
            other if other.is_alphabetic() => Self::Letters,
            other if other.is_numeric() => Self::Digits,
            // Arrows, currencies, pictures; not the spaces, dashes and marks before them, nor variation selectors.
            '\u{2070}'..='\u{2fff}' | '\u{1f000}'..='\u{1faff}' => Self::Signs,
            _ => Self::Between,
        }
    }

    /// How many characters an index entry has; none: a run is one entry.
    fn size(self) -> Option<usize> {
        match self {
            Self::Letters | Self::Between => None,
            Self::Digits => Some(3),
            Self::Signs => Some(2),
        }
    }
}

/// Neighbouring characters of one class, with the bytes where they stand.
struct Run<'a> {
    class: Class,
    text: &'a str,
    start: usize,
}

fn runs(folded: &str) -> Vec<Run<'_>> {
    let mut found: Vec<Run<'_>> = Vec::new();
    for (at, character) in folded.char_indices() {
        let class = Class::of(character);
        let end = at + character.len_utf8();
        match found.last_mut() {
            Some(run) if run.class == class => run.text = &folded[run.start..end],
            _ => found.push(Run { class, text: &folded[at..end], start: at }),
        }
    }
    found.retain(|run| run.class != Class::Between);
    found
}

/// Pieces of `size` characters at every place; a shorter run is its own piece.
fn pieces(run: &str, size: usize) -> Vec<&str> {
    let starts: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    if starts.len() <= size {
        return vec![run];
    }
    starts.windows(size + 1).map(|window| &run[window[0]..window[size]]).collect()
}

/// The words of a folded text, each once.
pub(crate) fn words(folded: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for run in runs(folded) {
        match run.class.size() {
            Some(size) => found.extend(pieces(run.text, size)),
            None => drop(found.insert(run.text)),
        }
    }
    found
}

/// One thing that every hit has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// This word.
    Word(String),
    /// A word with this part, at its start, at its end, both, or anywhere.
    Part {
        /// The part.
        part: String,
        /// Words begin with it.
        at_start: bool,
        /// Words end with it.
        at_end: bool,
    },
}

/// The parts of a search text that are compared, each on its own.
pub(crate) fn terms(text: &str) -> Vec<String> {
    fold(text).split_whitespace().take(MAX_TERMS).map(str::to_owned).collect()
}

/// What the index must hold of an event for the event's text to contain `term`; nothing: any event may.
pub(crate) fn requirements(term: &str) -> Vec<Requirement> {
    let mut found = Vec::new();
    for run in runs(term) {
        let (starts_inside, ends_inside) = (run.start > 0, run.start + run.text.len() < term.len());
        match run.class.size() {
            Some(size) if run.text.chars().count() >= size => {
                let all = pieces(run.text, size);
                let step = all.len().div_ceil(MAX_PIECES).max(1);
                found.extend(all.into_iter().step_by(step).map(|piece| Requirement::Word(piece.to_owned())));
            }
            // Less than a piece: pieces are never cut at the term's borders alone.
            Some(_) => found.push(Requirement::Part { part: run.text.to_owned(), at_start: false, at_end: false }),
            None if starts_inside && ends_inside => found.push(Requirement::Word(run.text.to_owned())),
            None => found.push(Requirement::Part {
                part: run.text.to_owned(),
                at_start: starts_inside,
                at_end: ends_inside,
            }),
        }
    }
    found
}

/// What an index entry stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Token<'a> {
    /// A word of the text.
    Word(&'a str),
    /// The event's kind.
    Kind(&'a str),
    /// The folded name of the recording's machine.
    Machine(&'a str),
    /// The folded name of the recorded user.
    User(&'a str),
}

impl Token<'_> {
    /// The entry: a letter and twelve hexadecimal digits. Others may have the same, so hits are compared with the event.
    pub(crate) fn entry(self) -> String {
        let (letter, text) = match self {
            Token::Word(text) => ('w', text),
            Token::Kind(text) => ('k', text),
            Token::Machine(text) => ('m', text),
            Token::User(text) => ('u', text),
        };
        // FNV-1a.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        format!("{letter}{:012x}", (hash ^ (hash >> 48)) & 0xffff_ffff_ffff)
    }
}

/// Characters of a word's ending that are kept.
pub(crate) const ENDING_CHARS: usize = 12;

/// Every ending of a word, the word itself among them, cut to [`ENDING_CHARS`].
pub(crate) fn endings(word: &str) -> impl Iterator<Item = &str> {
    word.char_indices().map(|(at, _)| beginning(&word[at..]))
}

/// The first [`ENDING_CHARS`] characters.
pub(crate) fn beginning(text: &str) -> &str {
    text.char_indices().nth(ENDING_CHARS).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_script() {
        let cases: [(&str, &[&str]); 9] = [
            ("", &[]),
            ("-- ++ ''", &[]),
            ("Rechnung_4711.xlsx - Excel", &["471", "711", "excel", "rechnung", "xlsx"]),
            ("42 5", &["42", "5"]),
            ("发票", &["发票"]),
            ("電子請求書の", &["子請", "書の", "求書", "請求", "電子"]),
            ("票", &["票"]),
            ("ＥＸＣＥＬ ﾃｽﾄ", &["excel", "スト", "テス"]),
            ("ΟΔΟΣ straße", &["straße", "οδοσ"]),
        ];
        for (text, expected) in cases {
            let folded = fold(text);
            assert_eq!(words(&folded).into_iter().collect::<Vec<_>>(), expected, "{text:?}");
        }
    }

    #[test]
    fn whatever_a_text_contains_is_required_of_it() {
        let texts = ["C:\\Fin\\2026\\Rechnung_4711.xlsx", "増値税発票 2026年", "a1b22c333d4444 😀😀😀→ñandú"];
        for text in texts.map(fold) {
            let indexed = words(&text);
            let bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            for (n, start) in bounds.iter().enumerate() {
                for end in &bounds[n + 1..] {
                    let part = &text[*start..*end];
                    for term in part.split_whitespace() {
                        for requirement in requirements(term) {
                            let is_met = match &requirement {
                                Requirement::Word(word) => indexed.contains(word.as_str()),
                                Requirement::Part { part, at_start, at_end } => indexed.iter().any(|word| {
                                    word.contains(part.as_str())
                                        && (!at_start || word.starts_with(part.as_str()))
                                        && (!at_end || word.ends_with(part.as_str()))
                                }),
                            };
                            assert!(is_met, "{term:?} of {text:?} requires {requirement:?}");
                        }
                    }
                }
            }
        }
    }
}
