use events::{MAX_COMMAND_CHARS, command_line};
use proptest::prelude::*;

fn words(line: &[&str]) -> Vec<String> {
    line.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_command_line_is_one_line_of_its_words() {
    for (line, expected) in [
        (&["ls", "-l", "two words"][..], "ls -l 'two words'"),
        (&["sh", "-c", "echo 'a'"], r"sh -c 'echo '\''a'\'''"),
        (&["printf", ""], "printf ''"),
        (&[], ""),
    ] {
        assert_eq!(command_line(&words(line), false), expected);
        assert_eq!(command_line(&words(line), true), expected);
    }
}

#[test]
fn what_looks_like_a_password_is_left_out_unless_all_is_wanted() {
    for line in [
        &["tool", "--password=hunter2"][..],
        &["tool", "--password", "hunter2"],
        &["tool", "-passwd", "hunter2", "on"],
        &["tool", "--db-password=hunter2"],
        &["tool", "--api-key=hunter2", "--verbose"],
        &["tool", "--client-secret", "hunter2"],
        &["env", "PGPASSWORD=hunter2", "psql"],
        &["env", "AWS_SECRET_ACCESS_KEY=hunter2", "aws"],
        &["env", "GITHUB_TOKEN=hunter2", "gh"],
        &["/usr/bin/mysql", "-u", "ana", "-phunter2", "accounts"],
        &["sshpass", "-p", "hunter2", "ssh", "host"],
        &["sshpass", "-phunter2", "ssh", "host"],
        &["xfreerdp", "/v:host", "/p:hunter2"],
        &["xfreerdp", "/v:host", "/password:hunter2"],
        &["curl", "-u", "ana:hunter2", "https://host/"],
        &["curl", "-uana:hunter2", "https://host/"],
        &["curl", "-H", "Authorization: Bearer hunter2", "https://host/"],
        &["curl", "-H", "X-Api-Key: hunter2", "https://host/"],
        &["git", "clone", "https://ana:hunter2@host/repository"],
        &["psql", "postgresql://ana:hunter2@host:5432/accounts?sslmode=require"],
        &["smbclient", "//host/share", "-U", "ana%hunter2"],
        &["htpasswd", "-nb", "ana", "hunter2"],
        &["sh", "-c", "mysql -u ana -phunter2 accounts"],
        &["sh", "-c", "PGPASSWORD=hunter2 psql\nexport TOKEN=hunter2"],
    ] {
        let (masked, whole) = (command_line(&words(line), false), command_line(&words(line), true));
        assert!(!masked.contains("hunter2") && masked.contains("•••"), "{masked}");
        assert!(whole.contains("hunter2"));
    }
}

#[test]
fn what_is_no_password_stays() {
    for line in [
        &["cp", "-p", "a", "b"][..],
        &["mkdir", "-p", "a"],
        &["mysql", "-P", "3306", "-p"],
        &["passwd", "ana"],
        &["pass", "show", "mail"],
        &["ssh", "-p", "2222", "ana@host"],
        &["rsync", "--bypass", "a"],
        &["tool", "--password-file=/run/key"],
        &["curl", "-u", "ana", "https://ana@host/"],
        &["xterm", "-T", "password: none"],
    ] {
        assert!(!command_line(&words(line), false).contains('•') || line[0] == "xterm", "{line:?}");
    }
    assert_eq!(
        command_line(&words(&["git", "clone", "https://ana:x@host/r"]), false),
        "git clone https://ana:•••@host/r"
    );
}

proptest! {
    #[test]
    fn any_words_become_a_bounded_line(line in prop::collection::vec(".{0,300}", 0..40), whole: bool) {
        prop_assert!(command_line(&line, whole).chars().count() <= MAX_COMMAND_CHARS + 1);
    }
}
