//! The text of a mail: fixed words and placeholders. Administrators may write their own; what cannot be read is refused, and where.

use std::fmt;

/// Characters of a text.
pub const MOST_CHARS: usize = 4_000;

/// What can stand in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Event,
    Detail,
    Count,
    Time,
    User,
    Machine,
    Trigger,
    Rule,
    Policy,
    Link,
}

const NAMES: [(&str, Name); 10] = [
    ("event", Name::Event),
    ("detail", Name::Detail),
    ("count", Name::Count),
    ("time", Name::Time),
    ("user", Name::User),
    ("machine", Name::Machine),
    ("trigger", Name::Trigger),
    ("rule", Name::Rule),
    ("policy", Name::Policy),
    ("link", Name::Link),
];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Fixed(String),
    Value(Name),
}

/// A text that can be filled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    lines: Vec<Vec<Part>>,
}

/// Why a text cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Counted from 1.
    pub line: usize,
    /// Characters from the line's start, counted from 1.
    pub column: usize,
    why: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.why)
    }
}

impl Template {
    /// Reads a text. `{user}` is a placeholder; `{{` and `}}` stand for the braces themselves.
    ///
    /// # Errors
    /// [`Wrong`].
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        if text.trim().is_empty() {
            return Err(Wrong { line: 1, column: 1, why: "the text is empty".to_owned() });
        }
        if let Some((line, column)) = place_of(text, MOST_CHARS) {
            return Err(Wrong { line, column, why: format!("a text has at most {MOST_CHARS} characters") });
        }
        let lines = (1..)
            .zip(text.lines())
            .map(|(number, line)| parts(line).map_err(|(column, why)| Wrong { line: number, column, why }));
        Ok(Self { lines: lines.collect::<Result<_, _>>()? })
    }

    /// The lines with values in the places of names; lines of which every value is empty are left out. `fixed` and `value` write what
    /// stands between values, and values, as the kind of text needs it.
    pub fn lines(&self, fixed: impl Fn(&str) -> String, value: impl Fn(Name) -> String) -> Vec<String> {
        let filled = self.lines.iter().filter_map(|line| {
            let (mut text, mut values, mut empty) = (String::new(), 0, 0);
            for part in line {
                match part {
                    Part::Fixed(words) => text.push_str(&fixed(words)),
                    Part::Value(name) => {
                        let told = value(*name);
                        values += 1;
                        empty += usize::from(told.is_empty());
                        text.push_str(&told);
                    }
                }
            }
            (values == 0 || empty < values).then_some(text)
        });
        filled.collect()
    }
}

/// Line and column of a character, if a text is so long.
fn place_of(text: &str, at: usize) -> Option<(usize, usize)> {
    let (before, _) = text.char_indices().nth(at).map(|(byte, _)| text.split_at(byte))?;
    let last = before.rsplit('\n').next().unwrap_or_default();
    Some((before.matches('\n').count() + 1, last.chars().count() + 1))
}

/// A line in its parts; else the column that is wrong, and why.
fn parts(line: &str) -> Result<Vec<Part>, (usize, String)> {
    let (mut found, mut words) = (Vec::new(), String::new());
    let mut rest = line.chars().enumerate().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '{' | '}' if rest.next_if(|(_, next)| *next == c).is_some() => words.push(c),
            '}' => return Err((at + 1, "} without {; for the brace itself write }}".to_owned())),
            '{' => {
                let mut name = String::new();
                loop {
                    match rest.next() {
                        Some((_, '}')) => break,
                        Some((_, other)) if other != '{' => name.push(other),
                        _ => return Err((at + 1, "{ without }; for the brace itself write {{".to_owned())),
                    }
                }
                let known = NAMES.iter().find(|(known, _)| *known == name);
                let (_, known) = known.ok_or_else(|| {
                    let names: Vec<String> = NAMES.iter().map(|(name, _)| format!("{{{name}}}")).collect();
                    let shown: String = name.chars().take(40).collect();
                    (at + 1, format!("there is no {{{shown}}}; there are {}", names.join(", ")))
                })?;
                found.extend((!words.is_empty()).then(|| Part::Fixed(std::mem::take(&mut words))));
                found.push(Part::Value(*known));
            }
            // Nothing that breaks lines or hides, wherever it comes from.
            c if c.is_control() && c != '\t' => return Err((at + 1, "a control character".to_owned())),
            c => words.push(c),
        }
    }
    found.extend((!words.is_empty()).then_some(Part::Fixed(words)));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Vec<String> {
        let template = Template::parse(text).unwrap_or_default();
        let value = |name| match name {
            Name::User => "ana".to_owned(),
            Name::Link => "https://k.example/".to_owned(),
            _ => String::new(),
        };
        template.lines(str::to_owned, value)
    }

    #[test]
    fn names_are_filled_and_lines_of_nothing_are_left_out() {
        let text = "Somebody: {user}, {machine}\nWhat: {detail}{count}\n\n{{not}} a name: {{user}}\n{link}";
        assert_eq!(filled(text), ["Somebody: ana, ", "", "{not} a name: {user}", "https://k.example/"]);
    }

    #[test]
    fn a_text_may_be_as_long_as_is_said() {
        for text in ["x".repeat(4_000), "x\n".repeat(2_000)] {
            assert!(Template::parse(&text).is_ok());
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_where() {
        let (lines, one_line) = ("x\n".repeat(2_001), "ä".repeat(4_001));
        for (text, line, column, why) in [
            ("Hello {name}", 1, 7, "there is no {name}; there are {event}"),
            ("Hello\nÄäh {user", 2, 5, "{ without }"),
            ("a {us{er}", 1, 3, "{ without }"),
            ("a } b", 1, 3, "} without {"),
            ("{ user}", 1, 1, "there is no { user}"),
            ("a\nb\u{7}", 2, 2, "control"),
            (" \n\t", 1, 1, "empty"),
            (&lines, 2_001, 1, "at most"),
            (&one_line, 1, 4_001, "at most"),
        ] {
            let wrong = Template::parse(text).err();
            let place = wrong.as_ref().map(|wrong| (wrong.line, wrong.column));
            assert_eq!(place, Some((line, column)), "{text:?}: {wrong:?}");
            assert!(wrong.is_some_and(|wrong| wrong.to_string().contains(why)), "{text:?}");
        }
    }
}
