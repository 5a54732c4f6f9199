//! Writes the OpenAPI document to standard output; see the test that compares it with `openapi.json`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    print!("{}", api::document_json()?);
    Ok(())
}
