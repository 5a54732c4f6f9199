//! Licences: what is linked or shipped must allow it. Crates are read from cargo's metadata, npm packages from the lockfile.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use crate::metadata::Metadata;

/// Permissive licences, and data licences of the Unicode tables.
const ACCEPTED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC-BY-4.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "IJG",
    "ISC",
    "MIT",
    "MIT-0",
    "OpenSSL",
    "Python-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Copyleft by file, unchanged and only used while building or testing: (package, licence).
const EXCEPTIONS: &[(&str, &str)] = &[("axe-core", "MPL-2.0"), ("lightningcss", "MPL-2.0")];

#[derive(Debug, Deserialize)]
struct NpmLock {
    packages: BTreeMap<String, NpmPackage>,
}

#[derive(Debug, Deserialize)]
struct NpmPackage {
    license: Option<String>,
    #[serde(default)]
    link: bool,
}

/// Returns every dependency whose licence is missing or not accepted.
pub fn check(root: &Path, metadata: &Metadata) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let what = format!("crate {} {}", package.name, package.version);
        findings.extend(judge(&what, &package.name, package.license.as_deref()));
    }
    let lockfile = root.join("web/package-lock.json");
    if lockfile.exists() {
        findings.extend(npm(&lockfile)?);
    }
    Ok(findings)
}

fn npm(lockfile: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read(lockfile).with_context(|| format!("reading {}", lockfile.display()))?;
    let lock: NpmLock = serde_json::from_slice(&text).with_context(|| format!("reading {}", lockfile.display()))?;
    let mut findings = Vec::new();
    for (path, package) in &lock.packages {
        // Only what comes from outside: the workspace's own packages have no node_modules in their path.
        if let Some((_, name)) = path.rsplit_once("node_modules/")
            && !package.link
        {
            findings.extend(judge(&format!("npm package {name}"), name, package.license.as_deref()));
        }
    }
    Ok(findings)
}

fn judge(what: &str, name: &str, licence: Option<&str>) -> Option<String> {
    let Some(licence) = licence else {
        return Some(format!("{what} names no licence"));
    };
    let excepted = EXCEPTIONS.iter().any(|(package, allowed)| {
        (name == *package || name.starts_with(&format!("{package}-"))) && licence == *allowed
    });
    (!excepted && !accepted(licence)).then(|| format!("{what}: licence {licence} is not accepted"))
}

/// An SPDX expression is accepted when each AND-part offers an accepted choice.
fn accepted(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    plain.split(" AND ").all(|part| {
        part.split(" OR ")
            .any(|choice| ACCEPTED.contains(&choice.split_whitespace().collect::<Vec<_>>().join(" ").as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        for (expression, expected) in [
            ("MIT OR Apache-2.0", true),
            ("MIT/Apache-2.0", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("GPL-3.0-only", false),
            ("MIT AND GPL-2.0-only", false),
            ("GPL-2.0-only OR MIT", true),
        ] {
            assert_eq!(accepted(expression), expected, "{expression}");
        }
    }

    #[test]
    fn a_missing_licence_is_a_finding() {
        assert!(judge("crate x 1", "x", None).is_some());
    }
}
