//! Command lines as they stand in recordings: bounded, and without what looks like a password.

/// Characters of one that are kept.
pub const MAX_COMMAND_CHARS: usize = 2_000;
/// What stands in the place of a secret.
const HIDDEN: &str = "•••";
/// Names of options and variables that say that a secret follows: these words, alone or behind a separator.
const SECRET_NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api-key",
    "api_key",
    "access-key",
    "access_key",
    "private-key",
    "private_key",
    "credential",
    "credentials",
    "auth",
];
/// Programs whose option is a secret, joined to it or following it.
const SECRET_OPTIONS: &[(&str, &str, Follows)] = &[
    ("mysql", "-p", Follows::Joined),
    ("mysqldump", "-p", Follows::Joined),
    ("mysqladmin", "-p", Follows::Joined),
    ("mariadb", "-p", Follows::Joined),
    ("mariadb-dump", "-p", Follows::Joined),
    ("sshpass", "-p", Follows::Either),
    ("rdesktop", "-p", Follows::Either),
    ("xfreerdp", "/p:", Follows::Joined),
    ("xfreerdp3", "/p:", Follows::Joined),
    ("smbclient", "-U", Follows::AfterSign('%')),
    ("curl", "-u", Follows::AfterSign(':')),
    ("curl", "--user", Follows::AfterSign(':')),
    ("curl", "-U", Follows::AfterSign(':')),
    ("wget", "--user", Follows::AfterSign(':')),
    ("ldapsearch", "-w", Follows::Either),
    ("ldapmodify", "-w", Follows::Either),
    ("redis-cli", "-a", Follows::Either),
    ("7z", "-p", Follows::Joined),
    ("unzip", "-P", Follows::Either),
    ("zip", "-P", Follows::Either),
    ("htpasswd", "-b", Follows::LastArgument),
];

/// Where an option's secret stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follows {
    /// In the same word.
    Joined,
    /// In the same word or, if nothing more is in it, in the next.
    Either,
    /// In the same word or the next, behind this sign.
    AfterSign(char),
    /// In the last word.
    LastArgument,
}

/// One line for what a program was started with, its own name first: words with spaces in quotation marks, at most
/// [`MAX_COMMAND_CHARS`]. Unless it is to be `whole`, what looks like a password is left out: values of options and variables that
/// are named so, of options that are known to be, in addresses, and of `Authorization` headers. A secret that looks like nothing stays.
pub fn command_line(arguments: &[String], whole: bool) -> String {
    let words = if whole { arguments.to_vec() } else { without_secrets(arguments) };
    let mut line = String::new();
    for word in &words {
        if !line.is_empty() {
            line.push(' ');
        }
        let plain = !word.is_empty() && !word.chars().any(|letter| letter.is_whitespace() || "'\"\\".contains(letter));
        line.push_str(&if plain { word.clone() } else { format!("'{}'", word.replace('\'', "'\\''")) });
        if line.len() > MAX_COMMAND_CHARS * 4 {
            break;
        }
    }
    match line.char_indices().nth(MAX_COMMAND_CHARS) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

/// The value of a setting with this path, without a password in an address. `None`: the path says that it is a secret.
pub fn plain_value(path: &str, value: &str) -> Option<String> {
    if path.split('/').any(names_a_secret) {
        return None;
    }
    Some(without_address_secret(value).unwrap_or_else(|| value.to_owned()))
}

fn without_secrets(arguments: &[String]) -> Vec<String> {
    let program = arguments.first().map_or("", |path| path.rsplit('/').next().unwrap_or(path));
    let known: Vec<(&str, Follows)> =
        SECRET_OPTIONS.iter().filter(|(name, ..)| *name == program).map(|(_, option, how)| (*option, *how)).collect();
    let mut words = Vec::with_capacity(arguments.len());
    let mut hide_next: Option<Follows> = None;
    for (at, word) in arguments.iter().enumerate() {
        let hidden = match hide_next.take() {
            Some(Follows::AfterSign(sign)) => behind(word, sign),
            Some(_) if !word.starts_with('-') => Some(HIDDEN.to_owned()),
            _ => None,
        };
        if let Some(hidden) = hidden {
            words.push(hidden);
            continue;
        }
        let is_last = at + 1 == arguments.len();
        let by_option = known.iter().find_map(|(option, how)| hide_option(word, option, *how, is_last, &mut hide_next));
        let is_named = at > 0 && word.starts_with('-') && !word.contains('=') && names_a_secret(word);
        if is_named {
            hide_next = Some(Follows::Either);
        }
        words.push(by_option.unwrap_or_else(|| anywhere(word)));
    }
    let last_is_secret = known.iter().any(|(option, how)| {
        *how == Follows::LastArgument
            && arguments.iter().any(|word| word.starts_with('-') && word.contains(&option[1..]))
    });
    if let Some(last) = words.last_mut().filter(|_| last_is_secret) {
        *last = HIDDEN.to_owned();
    }
    words
}

fn hide_option(
    word: &str,
    option: &str,
    how: Follows,
    is_last: bool,
    hide_next: &mut Option<Follows>,
) -> Option<String> {
    let rest = word.strip_prefix(option)?;
    match how {
        Follows::LastArgument => None,
        Follows::Joined | Follows::Either if !rest.is_empty() => Some(format!("{option}{HIDDEN}")),
        Follows::Joined => None,
        Follows::AfterSign(sign) if !rest.is_empty() => behind(word, sign),
        _ => {
            *hide_next = (!is_last).then_some(how);
            None
        }
    }
}

/// What stands in any word: `name=secret`, an address with a password, a header; and a script in one word.
fn anywhere(word: &str) -> String {
    if let Some(hidden) = behind(word, ':').filter(|_| is_header(word)) {
        return hidden;
    }
    // A shell's script is a word with words in it.
    if word.contains(char::is_whitespace) {
        let parts = word.split_inclusive(char::is_whitespace).map(|part| {
            let text = part.trim_end();
            (text.to_owned(), part.get(text.len()..).unwrap_or_default())
        });
        let (texts, spaces): (Vec<String>, Vec<&str>) = parts.unzip();
        return without_secrets(&texts).iter().zip(spaces).flat_map(|(text, space)| [text.as_str(), space]).collect();
    }
    if let Some((name, _)) =
        word.split_once(['=', ':']).filter(|(name, value)| names_a_secret(name) && !value.is_empty())
    {
        return word.get(..=name.len()).map(|name| format!("{name}{HIDDEN}")).unwrap_or_default();
    }
    without_address_secret(word).unwrap_or_else(|| word.to_owned())
}

fn is_header(word: &str) -> bool {
    word.split_once(':').is_some_and(|(name, _)| {
        let name = name.to_lowercase();
        name.ends_with("authorization") || name == "cookie" || names_a_secret(&name)
    })
}

/// `scheme://name:secret@host`.
fn without_address_secret(word: &str) -> Option<String> {
    let (scheme, rest) = word.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, host) = authority.rsplit_once('@')?;
    let (name, _) = user.split_once(':')?;
    let path = rest.get(authority.len()..)?;
    Some(format!("{scheme}://{name}:{HIDDEN}@{host}{path}"))
}

fn behind(word: &str, sign: char) -> Option<String> {
    let (name, _) = word.split_once(sign)?;
    Some(format!("{name}{sign}{HIDDEN}"))
}

fn names_a_secret(name: &str) -> bool {
    let name = name.trim_start_matches(['-', '/', '+']).to_lowercase();
    let name = name.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    SECRET_NAMES.iter().any(|secret| {
        name.strip_suffix(secret)
            .is_some_and(|before| before.is_empty() || before.ends_with(['-', '_', '.', ':']) || secret.len() > 5)
    })
}
