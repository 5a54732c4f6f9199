//! Addresses of pages as they stand in recordings: without what people sign in by.

/// Characters of one that are kept.
pub const MAX_PAGE_ADDRESS_CHARS: usize = 1_000;

/// An address that may be told. Name and password (`https://name:password@host`) are never in it; what follows the path, a query or a
/// fragment, only with `queries`, as it often holds keys. Of an address without a host (`data:…`, `javascript:…`) its scheme is left, as
/// the rest may be a whole page; but of `about:…` the rest up to a query, too.
pub fn page_address(address: &str, queries: bool) -> String {
    let address = address.trim_start_matches(|c: char| c.is_control() || c == ' ');
    let told = match address.split_once("://") {
        // What stands before may be another scheme: `view-source:https://…`.
        Some((scheme, rest)) if is_scheme(scheme) && has_host(scheme) => {
            let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (authority, rest) = rest.split_at(authority);
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{}", if queries { rest } else { path(rest) })
        }
        _ => match address.split_once(':') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("about") => format!("about:{}", path(rest)),
            Some((scheme, _)) if is_scheme(scheme) => format!("{scheme}:"),
            _ => String::new(),
        },
    };
    let plain = told.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(MAX_PAGE_ADDRESS_CHARS).collect()
}

/// A page's title that may be told: browsers call a page without one by its address, or a part of it, and addresses in it are told as
/// others are.
pub fn page_title(title: &str, address: &str, queries: bool) -> String {
    if address.contains(title) && title.contains(['?', '#', '@']) {
        return String::new();
    }
    let told = |word: &str| if word.contains("://") { page_address(word, queries) } else { word.to_owned() };
    let words: Vec<String> = title.split_whitespace().map(told).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// What stands before a query or a fragment.
fn path(rest: &str) -> &str {
    rest.split(['?', '#']).next().unwrap_or_default()
}

/// One scheme, or several that lead to each other.
fn is_scheme(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "+-.:".contains(c);
    !text.is_empty() && text.len() <= 64 && text.chars().all(is_word)
}

/// Whether what follows names a place rather than being the page.
fn has_host(schemes: &str) -> bool {
    let is_none = |scheme: &str| ["data", "javascript"].iter().any(|none| scheme.eq_ignore_ascii_case(none));
    !schemes.split(':').any(is_none)
}
