//! What the running agent says: whether the server takes it, and what becomes of each session.

use protocol::ByeCode;

use super::finding::Finding;
use crate::control::{Answer, LinkLine};

const ENROL_AGAIN: &str = "enrol this machine anew with a token: kinescope-agent enrol --again --server https://… --token-file FILE; \
    then start the agent again";

/// What the agent says of itself.
pub fn check(answer: &anyhow::Result<Answer>) -> Vec<Finding> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let remedy = "start it: systemctl start kinescope-agent, or kinescope-agent run";
            return vec![Finding::problem(
                "service",
                format!("the agent does not run, or cannot be asked: {error:#}"),
                remedy,
            )];
        }
    };
    if let Some(no_answer) = no_answer(answer) {
        return vec![no_answer];
    }
    let mut findings = vec![Finding::ok("service", "the agent runs")];
    match &answer.link {
        Some(link) => findings.push(server(link)),
        None => findings.push(Finding::warning(
            "server",
            "the agent does not say how it stands with the server",
            "ask as the agent's user (root), and start the agent again if it is of an older version",
        )),
    }
    findings.extend(answer.sessions.iter().map(|session| {
        let text = format!("{} on {}", session.user, session.display);
        match session.recording {
            Some(_) if session.paused => {
                Finding::warning("sessions", format!("{text} is paused ({})", session.why), "kinescope-agent resume")
            }
            Some(_) => Finding::ok("sessions", format!("{text} is recorded ({})", session.why)),
            None => Finding::warning(
                "sessions",
                format!("{text} is not recorded: {}", session.why),
                "if it should be, change the policy at the server; the console's “What would happen?” tries it",
            ),
        }
    }));
    if answer.sessions.is_empty() {
        let text = "the agent attends to no session";
        findings.push(Finding::warning("sessions", text, "log in to a desktop; `displays` above says what was found"));
    }
    findings
}

/// An agent that runs and did not say how it is. One without a session has said all there is.
fn no_answer(answer: &Answer) -> Option<Finding> {
    let error = answer.error.as_deref().filter(|error| *error != "no-session")?;
    let text = format!("the agent runs and does not say how it is: {}", answer.text.as_deref().unwrap_or(error));
    let remedy = match error {
        "busy" => "ask again in a few seconds",
        _ => "start the agent again if it is of another version",
    };
    Some(Finding::warning("service", text, remedy))
}

/// How the agent stands with the server.
fn server(link: &LinkLine) -> Finding {
    let why = link.trouble.clone().unwrap_or_else(|| "no connection was made yet".to_owned());
    let code = link.refused.map(ByeCode::from_number);
    match code {
        _ if link.connected => {
            let text = format!("connected, and this machine may record (protocol version {})", protocol::VERSION);
            Finding::ok("server", text)
        }
        Some(ByeCode::VersionUnsupported) => {
            Finding::problem("protocol", why, "install an agent and a server of versions that fit each other")
        }
        Some(ByeCode::IdentityCopied) => {
            Finding::problem("role", why, "docs/agent.md, Identity, says what to do in each case")
        }
        Some(_) => {
            // Servers say what it is, and behind a semicolon what to do.
            let (what, remedy) = why.split_once("; ").unwrap_or((&why, ENROL_AGAIN));
            Finding::problem("role", what, remedy)
        }
        None => Finding::problem(
            "server",
            format!("the agent has no connection to the server: {why}"),
            "see the lines above",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::Level;

    #[test]
    fn an_agent_that_does_not_say_how_it_is_is_not_taken_for_one_without_a_session() {
        let cases = [("busy", "service", 1), ("bad-request", "service", 1), ("no-session", "service", 3)];
        for (error, first, count) in cases {
            let findings = check(&Ok(Answer::error(error, "the reason")));
            assert_eq!((findings[0].check, findings.len()), (first, count), "{findings:?}");
            assert_eq!(findings[0].text.contains("the reason"), error != "no-session", "{findings:?}");
        }
    }

    #[test]
    fn a_server_that_refuses_the_machine_is_told_from_one_that_is_away() {
        let cases = [
            (true, None, Level::Ok, "server"),
            (false, None, Level::Problem, "server"),
            (false, Some(2), Level::Problem, "protocol"),
            (false, Some(3), Level::Problem, "role"),
            (false, Some(8), Level::Problem, "role"),
            (false, Some(9), Level::Problem, "role"),
        ];
        for (connected, refused, level, check) in cases {
            let link = LinkLine { connected, trouble: (!connected).then(|| "why".to_owned()), refused };
            let found = server(&link);
            assert_eq!((found.level, found.check), (level, check), "{link:?}");
            assert!(connected || found.text.contains("why"), "{}", found.text);
        }
    }
}
