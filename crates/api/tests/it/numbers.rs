//! Numbers are explained once.

const DOCUMENT: &str = include_str!("../../../../docs/diagnostics.md");

#[test]
fn the_document_is_the_list() {
    assert!(
        api::numbers_document() == DOCUMENT,
        "docs/diagnostics.md differs from crates/api/src/numbers.rs; make it anew with\n    \
         cargo run -q -p api --example numbers > numbers.md && mv numbers.md docs/diagnostics.md"
    );
}

#[test]
fn numbers_ascend_and_each_says_everything() {
    let items = api::numbers().items;
    assert!(items.is_sorted_by(|one, other| one.number < other.number));
    for item in items {
        assert!(!item.meaning.is_empty() && !item.explanation.is_empty() && !item.what_to_do.is_empty(), "{item:?}");
    }
}
