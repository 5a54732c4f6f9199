//! What of a page's address is told.

use events::{MAX_PAGE_ADDRESS_CHARS, page_address, page_title};
use proptest::prelude::*;

#[test]
fn nobody_can_sign_in_by_what_is_told() {
    for (address, told) in [
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("https://ana:s3cret@example.org:8443/a?token=s3cret#s3cret", "https://example.org:8443/a"),
        ("https://ana:s3@cret@example.org", "https://example.org"),
        ("https://ana:s3cret@example.org?s3cret", "https://example.org"),
        ("https://ana:s3cret@example.org\\@x", "https://x"),
        (" view-source:https://ana:s3cret@example.org/?s3cret", "view-source:https://example.org/"),
        ("blob:https://s3cret@example.org/7", "blob:https://example.org/7"),
        ("file:///tmp/a.html?s3cret", "file:///tmp/a.html"),
        ("about:newtab", "about:newtab"),
        ("about:neterror?e=s3cret&u=https://s3cret@x/", "about:neterror"),
        ("data:text/html,s3cret", "data:"),
        ("data:text/html,see https://s3cret@x/s3cret", "data:"),
        ("javascript:s3cret", "javascript:"),
        ("javascript://s3cret", "javascript:"),
        ("view-source:data://s3cret", "view-source:"),
        ("mailto:ana@example.org", "mailto:"),
        ("s3cret", ""),
        ("s3 cret://x", ""),
        ("", ""),
    ] {
        assert_eq!(page_address(address, false), told, "{address}");
    }
    let with_query = page_address("https://ana:s3cret@example.org/a?day=1@2#top", true);
    assert_eq!(with_query, "https://example.org/a?day=1@2#top");
    assert_eq!(
        page_address(&format!("https://x/{}", "ü".repeat(5_000)), false).chars().count(),
        MAX_PAGE_ADDRESS_CHARS
    );
}

proptest! {
    #[test]
    fn no_password_is_told_whatever_stands_around_it(
        scheme in "(https?|ftp|file|data|about|javascript|view-source:https|blob:http|[a-z]{1,9})",
        name in "[a-z0-9.:@%]{0,12}",
        host in "[a-z0-9.:]{0,12}",
        rest in "([/?#][ -~]{0,20})?",
        queries: bool,
    ) {
        let told = page_address(&format!("{scheme}://{name}Pa55word@{host}{rest}"), queries);
        prop_assert!(!told.contains("Pa55word"), "{}", told);
    }
}

#[test]
fn a_title_tells_no_more_of_an_address_than_the_address_itself() {
    let address = "https://ana:s3cret@example.org/a?k=s3cret#s3cret";
    for (title, told) in [
        ("Accounts  of Ana", "Accounts of Ana"),
        ("What? #1 @ home", "What? #1 @ home"),
        ("example.org", "example.org"),
        (address, ""),
        ("ana:s3cret@example.org", ""),
        ("example.org/a?k=s3cret", ""),
        ("Moved to https://ana:s3cret@x/a?s3cret now", "Moved to https://x/a now"),
        ("See (https://x/?s3cret)", "See"),
        ("", ""),
    ] {
        assert_eq!(page_title(title, address, false), told, "{title}");
    }
    assert_eq!(page_title("At https://ana:s3cret@x/?q now", address, true), "At https://x/?q now");
    assert_eq!(page_title(address, address, true), "");
}
