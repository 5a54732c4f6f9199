//! Names for files out of names that recorded machines gave.

/// Bytes of a name that every file system takes, with room for the number.
const MAX_NAME_BYTES: usize = 200;
/// An ending that is longer is none.
const MAX_ENDING_BYTES: usize = 16;

/// What a document's file is called: its number in the recording, and what is harmless of its name. The number stands first, so that no
/// name is hidden, looks like an option, or is one that a system keeps for itself, and none stands twice.
pub fn file_name(number: u64, name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless: String = base.chars().map(|c| if is_harmless(c) { c } else { '_' }).collect();
    let trimmed = harmless.trim_matches(|c: char| c == '.' || c.is_whitespace());
    match shortened(trimmed).as_str() {
        "" => format!("{number:03} document"),
        name => format!("{number:03} {name}"),
    }
}

/// Neither a sign to the system nor one that makes a name look like another.
fn is_harmless(c: char) -> bool {
    let turns_or_hides = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !c.is_control() && !turns_or_hides && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// The beginning of what is too long, with its ending.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME_BYTES {
        return name.to_owned();
    }
    let dot = name.rfind('.').filter(|dot| name.len() - dot <= MAX_ENDING_BYTES);
    let ending = dot.map_or("", |dot| &name[dot..]);
    let mut end = MAX_NAME_BYTES - ending.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::{MAX_NAME_BYTES, file_name};

    #[test]
    fn a_recorded_name_names_a_file_in_the_folder_and_nothing_else() {
        for (name, expected) in [
            ("letter.pdf", "001 letter.pdf"),
            ("Löhne 2026 — 薪水.pdf", "001 Löhne 2026 — 薪水.pdf"),
            ("../../etc/passwd", "001 passwd"),
            ("/root/.ssh/authorized_keys", "001 authorized_keys"),
            (r"C:\Users\ana\plan.doc", "001 plan.doc"),
            (".bashrc", "001 bashrc"),
            ("...", "001 document"),
            ("", "001 document"),
            ("a/", "001 document"),
            (" .. ", "001 document"),
            ("-rf", "001 -rf"),
            ("CON", "001 CON"),
            ("a\0b\n\u{1b}[2Jc", "001 a_b__[2Jc"),
            ("what?*.txt ", "001 what__.txt"),
            ("fdp.\u{202e}exe", "001 fdp._exe"),
        ] {
            assert_eq!(file_name(1, name), expected, "{name:?}");
        }
        assert_eq!(file_name(1234, "x"), "1234 x");
    }

    #[test]
    fn a_long_name_is_cut_and_keeps_its_ending() {
        for name in ["ü".repeat(400) + ".pdf", "x".repeat(1_000), format!("a.{}", "薪".repeat(300))] {
            let file = file_name(7, &name);
            assert!(file.len() <= MAX_NAME_BYTES + 4 && file.len() > MAX_NAME_BYTES, "{} bytes", file.len());
            assert_eq!(file.ends_with(".pdf"), name.ends_with(".pdf"));
        }
    }
}
