//! Tiers: pure crates compute, adapters touch the world, edges wire. Which edge may exist is code, not prose.

use std::path::Path;

use anyhow::Context as _;

use crate::metadata::{Metadata, Package};
use crate::sizes::rust_files;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tier {
    /// No I/O, clock, async, threads, SQL; builds for wasm32.
    Pure,
    /// One way of touching the world. Adapters do not know each other.
    Adapter,
    /// Wiring: what users start or browsers load.
    Edge,
    /// Checks and tests of the whole; nothing depends on them.
    Outside,
}

/// Every crate of the workspace. A crate that is not listed fails the check, so that its tier is a decision.
const TIERS: &[(&str, Tier)] = &[
    ("recording", Tier::Pure),
    ("evidence", Tier::Pure),
    ("screen", Tier::Pure),
    ("covering", Tier::Pure),
    ("events", Tier::Pure),
    ("sealing", Tier::Pure),
    ("player", Tier::Pure),
    ("policy", Tier::Pure),
    ("protocol", Tier::Pure),
    ("capture", Tier::Adapter),
    ("detect", Tier::Adapter),
    ("notice", Tier::Adapter),
    ("accessibility", Tier::Adapter),
    ("spool", Tier::Adapter),
    ("catalogue", Tier::Adapter),
    ("storage", Tier::Adapter),
    ("api", Tier::Edge),
    ("agent", Tier::Edge),
    ("server", Tier::Edge),
    ("cli", Tier::Edge),
    ("e2e", Tier::Outside),
    ("fuzzing", Tier::Outside),
    ("xtask", Tier::Outside),
];

/// Edges that a tier rule would allow and that must still not exist.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("recording", "screen", "the container carries tracks and does not know pixels"),
    ("screen", "recording", "the codec knows pictures, not files"),
    ("api", "server", "clients must be able to use the types without the server"),
    ("api", "catalogue", "what the interface says must not follow the database"),
    ("agent", "server", "what runs on recorded hosts must not carry the server"),
    ("agent", "api", "agents speak the protocol, not REST types"),
    ("server", "screen", "recorded pictures are never decoded in the server's process"),
    ("sealing", "screen", "what is sealed is bytes; which pixels they are is the codec's"),
    ("server", "player", "recorded pictures are never decoded in the server's process"),
];

/// Crates whose presence in a pure crate's manifest means it touches the world.
const WORLDLY: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "sqlx",
    "x11rb",
    "nix",
    "libc",
    "rand",
    "getrandom",
    "reqwest",
    "rustls",
    "tokio-rustls",
    "jiff",
    "chrono",
    "tracing-subscriber",
    "rayon",
];

/// Text that betrays the same in a pure crate's own source.
const WORLDLY_SOURCE: &[&str] =
    &["std::fs", "std::net", "std::thread", "std::process", "std::env", "SystemTime", "Instant::now", "async fn"];

/// Returns what breaks the rules, in words.
pub fn check(root: &Path, metadata: &Metadata) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for package in metadata.members() {
        match tier(&package.name) {
            Some(tier) => {
                findings.extend(dependencies(package, tier));
                if tier == Tier::Pure {
                    findings.extend(pure_sources(root, package)?);
                }
            }
            None => findings.push(format!("crate {} has no tier: add it to xtask/src/tiers.rs", package.name)),
        }
    }
    Ok(findings)
}

fn tier(name: &str) -> Option<Tier> {
    TIERS.iter().find(|(listed, _)| *listed == name).map(|(_, tier)| *tier)
}

fn allowed(from: Tier, to: Tier) -> bool {
    match from {
        Tier::Pure => to == Tier::Pure,
        Tier::Adapter => to == Tier::Pure,
        Tier::Edge => to != Tier::Outside,
        Tier::Outside => to != Tier::Outside,
    }
}

fn dependencies(package: &Package, from: Tier) -> Vec<String> {
    let mut findings = Vec::new();
    for dependency in package.dependencies.iter().filter(|dependency| dependency.kind.is_none()) {
        let (name, own) = (dependency.name.as_str(), package.name.as_str());
        if dependency.path.is_some() {
            if let Some(to) = tier(name)
                && !allowed(from, to)
            {
                findings.push(format!("{own} ({from:?}) must not depend on {name} ({to:?})"));
            }
        } else if from == Tier::Pure && WORLDLY.contains(&name) {
            findings.push(format!("{own} is pure and must not depend on {name}"));
        }
        if let Some((_, _, why)) = FORBIDDEN.iter().find(|(a, b, _)| *a == own && *b == name) {
            findings.push(format!("{own} must not depend on {name}: {why}"));
        }
    }
    findings
}

fn pure_sources(root: &Path, package: &Package) -> anyhow::Result<Vec<String>> {
    let folder = package.manifest_path.parent().context("a manifest without a folder")?.join("src");
    let mut findings = Vec::new();
    for file in rust_files(&folder)? {
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(found) = WORLDLY_SOURCE.iter().find(|word| code.contains(**word)) {
                let shown = file.strip_prefix(root).unwrap_or(&file).display();
                findings.push(format!("{shown}:{}: a pure crate must not use {found}", number + 1));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    fn package(name: &str, dependency: &str, own: bool) -> Package {
        Package {
            id: String::new(),
            name: name.into(),
            version: String::new(),
            license: None,
            manifest_path: "x/Cargo.toml".into(),
            dependencies: vec![Dependency { name: dependency.into(), kind: None, path: own.then(|| "x".into()) }],
        }
    }

    #[test]
    fn forbidden_edges_are_found() {
        for (from, to, own) in [
            ("recording", "tokio", false),
            ("recording", "screen", true),
            ("storage", "catalogue", true),
            ("player", "server", true),
            ("agent", "server", true),
        ] {
            let found = dependencies(&package(from, to, own), tier(from).unwrap());
            assert!(!found.is_empty(), "{from} → {to} was accepted");
        }
    }

    #[test]
    fn permitted_edges_are_silent() {
        for (from, to, own) in [("player", "screen", true), ("storage", "recording", true), ("server", "tokio", false)]
        {
            assert_eq!(dependencies(&package(from, to, own), tier(from).unwrap()), Vec::<String>::new());
        }
    }
}
