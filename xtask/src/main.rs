//! Project checks
fn main() {}
