//! Settings: file, environment and flags, the later wins.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use server::{Config, Flags};
use tempfile::TempDir;

fn environment(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn file(folder: &TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("server.toml");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn nothing_said_means_the_defaults() {
    let config = Config::load(None, HashMap::new(), Flags::default()).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.storage_folders(), [Path::new("/var/lib/kinescope/recordings")]);
}

#[test]
fn the_later_wins() {
    let folder = TempDir::new().unwrap();
    let file = file(&folder, "data = '/file'\nlisten = '127.0.0.1:1'\nsession_idle_secs = 90\nnames = ['from.file']\n");
    let environment = environment(&[
        ("KINESCOPE_DATA", "/environment"),
        ("KINESCOPE_LISTEN", "127.0.0.1:2"),
        ("KINESCOPE_STORAGE", "/a,/b"),
        ("KINESCOPE_DEMO", "true"),
        ("KINESCOPE_UNRELATED", "1"),
        ("HOME", "/root"),
    ]);
    let flags = Flags { listen: Some(([127, 0, 0, 1], 3).into()), names: vec!["flag".to_owned()], ..Flags::default() };
    let config = Config::load(Some(&file), environment, flags).unwrap();
    assert_eq!(config.data, Path::new("/environment"));
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.session_idle_secs, 90);
    assert_eq!(config.names, ["from.file", "flag"]);
    assert_eq!(config.storage_folders(), [Path::new("/a"), Path::new("/b")]);
    assert!(config.demo);
}

#[test]
fn one_name_in_the_environment_is_a_list_too() {
    let config = Config::load(None, environment(&[("KINESCOPE_NAMES", "one.example")]), Flags::default()).unwrap();
    assert_eq!(config.names, ["one.example"]);
}

#[test]
fn mistakes_are_named() {
    let folder = TempDir::new().unwrap();
    let cases = [
        ("dta = '/x'", "dta"),
        ("listen = 'everywhere'", "listen"),
        ("session_idle_secs = 1", "session_idle_secs"),
        ("session_idle_secs = 100\nsession_absolute_secs = 99", "session_idle_secs"),
        ("demo = 'perhaps'", "demo"),
        ("this is no TOML", "TOML"),
    ];
    for (text, named) in cases {
        let error = Config::load(Some(&file(&folder, text)), HashMap::new(), Flags::default()).unwrap_err().to_string();
        assert!(error.contains(named), "{text}: {error}");
        println!("{error}");
    }
    let missing = Config::load(Some(Path::new("/none/server.toml")), HashMap::new(), Flags::default());
    assert!(missing.unwrap_err().to_string().contains("/none/server.toml"));
}
