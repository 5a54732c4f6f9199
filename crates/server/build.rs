//! Makes the folder of the built console if it is missing, so that the server compiles without Node, and has cargo
//! embed the console anew when it was built again.

use std::path::Path;

fn main() {
    let console = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/apps/console/dist");
    // A source tree that cannot be written has its console already, or does without.
    let _ = std::fs::create_dir_all(&console);
    println!("cargo:rerun-if-changed={}", console.display());
    println!("cargo:rerun-if-changed=build.rs");
}
