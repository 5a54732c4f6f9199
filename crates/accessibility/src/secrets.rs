//! Names of fields that say that something secret is typed into them.

/// Words for it, in small letters, wherever in a name they stand.
const WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "kennwort",
    "mot de passe",
    "contraseña",
    "clave",
    "senha",
    "palavra-passe",
    "parola",
    "parolă",
    "wachtwoord",
    "hasło",
    "heslo",
    "jelszó",
    "lösenord",
    "adgangskode",
    "kodeord",
    "passord",
    "salasana",
    "şifre",
    "пароль",
    "κωδικ",
    "סיסמ",
    "كلمة المرور",
    "كلمة السر",
    "パスワード",
    "暗証",
    "密码",
    "密碼",
    "口令",
    "비밀번호",
    "암호",
    "secret",
    "geheim",
];
/// Those that are part of other words, too.
const WHOLE_WORDS: &[&str] = &["pass", "pin", "puk", "tan", "otp", "totp", "cvv", "cvc", "token", "pwd"];

/// Whether a field of this name asks for a secret.
pub fn names_a_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    WORDS.iter().any(|word| name.contains(word))
        || name.split(|letter: char| !letter.is_alphanumeric()).any(|word| WHOLE_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_that_ask_for_secrets_are_known() {
        for name in
            ["Password", "Ihr Kennwort:", "Mot de passe *", "新しいパスワード", "PIN", "Enter pin-code", "API token"]
        {
            assert!(names_a_secret(name), "{name}");
        }
        for name in ["", "Name", "Shopping list", "Spinner", "Search or enter address", "Straße", "Titanic"] {
            assert!(!names_a_secret(name), "{name}");
        }
    }
}
