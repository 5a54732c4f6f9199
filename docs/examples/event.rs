//! Puts an event into the recording of the session that it runs in: `event TYPE [TEXT]`.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

/// What the agent answers; `ok` tells whether the event stands in the recording.
pub fn say(agent: &Path, kind: &str, text: &str) -> Result<Value, Box<dyn Error>> {
    let mut agent = UnixStream::connect(agent)?;
    agent.set_read_timeout(Some(Duration::from_secs(40)))?;
    let request = json!({ "command": "event", "event": { "type": kind, "text": text } });
    agent.write_all(format!("{request}\n").as_bytes())?;
    let mut answer = String::new();
    BufReader::new(agent).read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let kind = words.first().ok_or("event TYPE [TEXT]")?;
    let agent = std::env::var("KINESCOPE_AGENT_SOCKET").unwrap_or_else(|_| "/run/kinescope/agent.sock".to_owned());
    let answer = say(Path::new(&agent), kind, words.get(1).map_or("", String::as_str))?;
    if answer["ok"] == true {
        return Ok(());
    }
    Err(format!("refused ({}): {}", answer["error"], answer["text"]).into())
}
