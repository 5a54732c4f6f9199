//! How long acknowledgements take under load. Measures rather than judges, so it runs only when asked for:
//! `cargo test -p server --test it -- --ignored --nocapture ingest::load`.

use std::time::{Duration, Instant};

use protocol::{AgentMessage, ServerMessage};

use super::scripted::Agent;
use super::site::Site;
use super::tape::Tape;

/// Agents, each with this many recordings …
const AGENTS: u128 = 20;
const RECORDINGS: u8 = 10;
/// … each of which sends a block of this size, so often, for so long.
const BLOCK_BYTES: usize = 6_000;
const EVERY: Duration = Duration::from_millis(500);
const ROUNDS: u32 = 20;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn acknowledgements_under_load() {
    let site = Site::new().await;
    let mut agents = Vec::new();
    for n in 1..=AGENTS {
        let machine = site.machine(n).await.id;
        let agent = Agent::connect(&site, n).await;
        let tapes = (0..RECORDINGS).map(|m| Tape::new((n as u8) * RECORDINGS + m, machine)).collect();
        agents.push(tokio::spawn(measure(agent, tapes)));
    }
    let mut waits = Vec::new();
    for agent in agents {
        waits.extend(agent.await.unwrap());
    }
    waits.sort_unstable();
    let at = |share: usize| waits[waits.len() * share / 100];
    println!(
        "{} recordings, {} blocks: durable after p50 {:?}, p99 {:?}, most {:?}",
        AGENTS * u128::from(RECORDINGS),
        waits.len(),
        at(50),
        at(99),
        waits[waits.len() - 1]
    );
}

/// Sends a block of every recording each round; how long each took to become durable.
async fn measure(mut agent: Agent, mut tapes: Vec<Tape>) -> Vec<Duration> {
    for tape in &tapes {
        agent.open_and_send(tape).await;
    }
    let mut waits = Vec::new();
    let mut ticks = tokio::time::interval(EVERY);
    for _ in 0..ROUNDS {
        ticks.tick().await;
        let sent = Instant::now();
        for tape in &mut tapes {
            let from = tape.head();
            tape.record(1, BLOCK_BYTES);
            agent.say(AgentMessage::Append(tape.append_from(from))).await;
        }
        let mut missing = tapes.len();
        while missing > 0 {
            match agent.hear().await {
                ServerMessage::Durable(durable) if tapes.iter().any(|tape| tape.head() == durable.head) => {
                    waits.push(sent.elapsed());
                    missing -= 1;
                }
                ServerMessage::Refused(refused) => panic!("{refused:?}"),
                _ => {}
            }
        }
    }
    waits
}
