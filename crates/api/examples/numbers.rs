//! Writes `docs/diagnostics.md` to standard output; see the test that compares them.

fn main() {
    print!("{}", api::numbers_document());
}
