//! Can the server be reached, is it the right one, and does its clock say the same?

use std::error::Error as _;
use std::net::ToSocketAddrs as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use rustls::CertificateError;
use spool::{ConnectError, ServerAddress, enrolment_tls};

use super::finding::Finding;
use super::identity::span;

/// For each of connecting and asking.
const PATIENCE: Duration = Duration::from_secs(20);
/// Clocks that differ by more than this are worth a look: recordings carry the machine's time.
const CLOCKS_DIFFER: Duration = Duration::from_secs(30);

/// Asks the server, without saying who asks.
pub async fn check(server: &ServerAddress, pinned: [u8; 32]) -> Vec<Finding> {
    let address = server.to_string();
    let resolved =
        tokio::task::spawn_blocking(move || address.to_socket_addrs().map(|found| found.collect::<Vec<_>>()));
    let mut findings = match resolved.await {
        Ok(Ok(found)) if !found.is_empty() => {
            let found: Vec<_> = found.iter().map(|address| address.ip().to_string()).collect();
            vec![Finding::ok("name", format!("{} is {}", server.host(), found.join(", ")))]
        }
        Ok(Err(error)) => {
            let text = format!("the server's name {} cannot be resolved: {error}", server.host());
            return vec![Finding::problem(
                "name",
                text,
                "correct the name (`server` in agent.toml, or enrol again), or DNS",
            )];
        }
        _ => {
            let text = format!("the server's name {} has no address", server.host());
            return vec![Finding::problem(
                "name",
                text,
                "correct the name (`server` in agent.toml, or enrol again), or DNS",
            )];
        }
    };
    match tokio::time::timeout(PATIENCE, ask(server, pinned)).await {
        Ok(Ok((status, date))) => {
            findings.push(Finding::ok("trust", format!("{server} shows the certificate of the enrolment token")));
            if status != StatusCode::OK {
                let text = format!("the server says that it is not well ({status})");
                findings.push(Finding::problem("server", text, "look at the server's log"));
            }
            findings.push(clock(date.as_deref(), SystemTime::now()));
        }
        Ok(Err(problem)) => findings.push(problem),
        Err(_) => findings.push(Finding::problem(
            "server",
            format!("{server} does not answer in time"),
            "look whether the server runs and is not overloaded",
        )),
    }
    findings
}

/// Its health, and what its clock says.
async fn ask(server: &ServerAddress, pinned: [u8; 32]) -> Result<(StatusCode, Option<String>), Finding> {
    let no_http = |error: &dyn std::fmt::Display| {
        let text = format!("what answers at {server} is no Kinescope server: {error}");
        Finding::problem("server", text, "correct host and port (`server` in agent.toml, or enrol again)")
    };
    let tls = enrolment_tls(pinned).map_err(|error| no_http(&error))?;
    let tls = server.open(tls).await.map_err(|error| cannot_connect(server, &error))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(tls)).await.map_err(|error| no_http(&error))?;
    let driver = tokio::spawn(connection);
    let request = Request::get("/healthz")
        .header(header::HOST, server.to_string())
        .body(Empty::<Bytes>::new())
        .map_err(|error| no_http(&error))?;
    let response = sender.send_request(request).await.map_err(|error| no_http(&error));
    driver.abort();
    let response = response?;
    let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
    Ok((response.status(), date))
}

fn cannot_connect(server: &ServerAddress, error: &ConnectError) -> Finding {
    match error {
        ConnectError::Tls { source, .. } if is_another_certificate(source) => Finding::problem(
            "trust",
            format!("{server} shows another certificate than the one that this machine was enrolled with"),
            "if the server has a new certificate, enrol again with a new token; if not, something stands between",
        ),
        ConnectError::Tls { source, .. } => Finding::problem(
            "trust",
            format!("{server} does not speak TLS: {source}"),
            "correct host and port (`server` in agent.toml, or enrol again)",
        ),
        error => {
            Finding::problem("server", error.to_string(), "look whether the server runs, and at firewalls between")
        }
    }
}

fn is_another_certificate(error: &std::io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let other = CertificateError::ApplicationVerificationFailure;
    inner.or_else(|| error.source()?.downcast_ref()) == Some(&rustls::Error::InvalidCertificate(other))
}

fn clock(date: Option<&str>, now: SystemTime) -> Finding {
    let Some(theirs) = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) else {
        return Finding::warning(
            "clock",
            "the server does not say what time it is",
            "look whether a proxy stands between",
        );
    };
    let ours = i128::try_from(now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(i128::MAX);
    let ahead_ms = ours - i128::from(theirs.timestamp().as_millisecond());
    let apart = Duration::from_millis(u64::try_from(ahead_ms.unsigned_abs()).unwrap_or(u64::MAX));
    if apart < CLOCKS_DIFFER {
        return Finding::ok("clock", "this machine and the server have the same time");
    }
    let which = if ahead_ms > 0 { "ahead of" } else { "behind" };
    let apart = if apart < Duration::from_secs(120) { format!("{} seconds", apart.as_secs()) } else { span(apart) };
    let text = format!("this machine's clock is {apart} {which} the server's");
    Finding::warning("clock", text, "let both take their time from one source (chrony, systemd-timesyncd)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::Level;

    #[test]
    fn clocks_that_differ_are_told_with_how_much() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let cases = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Level::Ok, "same time"),
            ("Sun, 06 Nov 1994 08:49:10 GMT", Level::Ok, "same time"),
            ("Sun, 06 Nov 1994 08:48:37 GMT", Level::Warning, "60 seconds ahead of"),
            ("Sun, 06 Nov 1994 09:59:37 GMT", Level::Warning, "1 hour, 10 minutes behind"),
            ("yesterday", Level::Warning, "does not say"),
        ];
        for (date, level, part) in cases {
            let found = clock(Some(date), now);
            assert_eq!(found.level, level, "{date}");
            assert!(found.text.contains(part), "{}", found.text);
        }
        assert_eq!(clock(None, now).level, Level::Warning);
    }
}
