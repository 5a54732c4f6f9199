//! Sizes: a reader holds a file in mind. The limits are where a file must be split, not a target.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Lines of a source file, tests in it included.
const MAX_FILE_LINES: usize = 500;
/// Lines of a function, from its signature's line to its closing brace.
const MAX_FUNCTION_LINES: usize = 80;
/// Folders with sources of ours; what is generated or built is elsewhere.
const ROOTS: &[&str] = &["crates", "xtask", "fuzz", "e2e", "web/apps", "web/packages"];
/// Names of folders that are never ours.
const SKIPPED: &[&str] = &["target", "node_modules", "dist", "wasm-pkg", "vectors", "generated"];

/// The engine as it is built for browsers.
const BUILT_ENGINE: &str = "web/packages/player/wasm";

/// Returns the files and functions that have outgrown their reader.
pub fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for folder in ROOTS {
        for file in files(&root.join(folder), &["rs", "ts", "tsx"])? {
            let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            let lines = text.lines().count();
            if lines > MAX_FILE_LINES {
                findings.push(format!("{shown}: {lines} lines, more than {MAX_FILE_LINES}: split it"));
            }
            if shown.ends_with(".rs") {
                findings.extend(long_functions(&shown, &text));
            }
        }
    }
    Ok(findings)
}

/// All Rust sources below a folder.
pub fn rust_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    files(folder, &["rs"])
}

fn files(folder: &Path, endings: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(found);
    };
    for entry in entries {
        let path = entry.with_context(|| format!("listing {}", folder.display()))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !SKIPPED.contains(&name) && !path.ends_with(BUILT_ENGINE) {
                found.extend(files(&path, endings)?);
            }
        } else if path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known))
            && !name.contains(".gen.")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Relies on rustfmt: a function's closing brace stands alone at the indentation of its signature.
fn long_functions(shown: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut findings = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let is_function = code.starts_with("fn ")
            || code.starts_with("pub fn ")
            || (code.starts_with("pub(") || code.starts_with("async ") || code.starts_with("pub async "))
                && code.contains("fn ");
        if !is_function || code.ends_with(';') {
            continue;
        }
        let closing = format!("{}}}", &line[..line.len() - code.len()]);
        let length = lines[start..].iter().position(|line| *line == closing).map_or(0, |end| end + 1);
        if length > MAX_FUNCTION_LINES {
            findings
                .push(format!("{shown}:{}: a function of {length} lines, more than {MAX_FUNCTION_LINES}", start + 1));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_functions_are_found_where_they_start() {
        let body = "    let a = 1;\n".repeat(MAX_FUNCTION_LINES);
        let text = format!("fn short() {{\n}}\n\nfn long() {{\n{body}}}\n");
        let found = long_functions("a.rs", &text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a.rs:4:"), "{found:?}");
    }
}
