//! Is the machine enrolled, and for how long does its certificate count?

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{CertificateError, RootCertStore};

use super::finding::Finding;
use crate::identity::{self, Description};

const ENROL: &str = "get a token from the server and run: kinescope-agent enrol --server https://… --token-file FILE";
const AGAIN: &str =
    "get a token from the server and run: kinescope-agent enrol --again --server https://… --token-file FILE";
/// A certificate that has less left than this was not renewed when it should have been.
const WARNED: Duration = Duration::from_secs(14 * 24 * 3600);
/// Of certificates that last shorter, this part.
const WARNED_PART: u32 = 4;

/// The identity, and what is to be said of it.
pub fn check(folder: &Path, now: SystemTime) -> (Option<(Description, spool::Identity)>, Vec<Finding>) {
    if !identity::exists(folder) {
        let text = match fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                let text = format!("{} cannot be read: {error}", folder.display());
                return (None, vec![Finding::problem("enrolled", text, "run this as the agent's user (root)")]);
            }
            _ => format!(
                "this machine is not enrolled: {} holds no identity; without a server the agent records on request alone",
                folder.display()
            ),
        };
        return (None, vec![Finding::problem("enrolled", text, ENROL)]);
    }
    let (description, loaded) = match identity::load(folder) {
        Ok(loaded) => loaded,
        Err(error) => return (None, vec![Finding::problem("enrolled", format!("{error:#}"), AGAIN)]),
    };
    let mut findings =
        vec![Finding::ok("enrolled", format!("at {} as {}", description.server, description.machine_id))];
    findings.extend(open_to_others(folder));
    findings.push(expiry(folder, &loaded.certificates[0], now));
    (Some((description, loaded)), findings)
}

/// Somebody else who can read the machine's key can be the machine.
fn open_to_others(folder: &Path) -> Option<Finding> {
    let mode = fs::metadata(folder).ok()?.mode();
    (mode & 0o077 != 0).then(|| {
        let text = format!("{} can be entered by others (mode {:o})", folder.display(), mode & 0o777);
        Finding::warning("enrolled", text, format!("chmod 700 {}", folder.display()))
    })
}

fn expiry(folder: &Path, certificate: &CertificateDer<'_>, now: SystemTime) -> Finding {
    let Some((not_before, not_after)) = validity(folder, certificate) else {
        return Finding::problem("expiry", "the machine's certificate was not issued by its server's authority", AGAIN);
    };
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    if now < not_before {
        let text = format!("the machine's certificate counts only in {}", span(not_before - now));
        return Finding::problem("expiry", text, "set this machine's clock right");
    }
    let Some(left) = not_after.checked_sub(now).filter(|left| !left.is_zero()) else {
        let text = format!("the machine's certificate expired {} ago", span(now.saturating_sub(not_after)));
        let remedy =
            "start the agent: it renews the certificate once it reaches the server; if it was revoked, enrol anew";
        return Finding::problem("expiry", text, remedy);
    };
    let text = format!("the machine's certificate expires in {}", span(left));
    if left < WARNED.min((not_after - not_before) / WARNED_PART) {
        let remedy =
            "the agent should have renewed it: have it run and reach the server; its log says why it could not";
        return Finding::warning("expiry", text, remedy);
    }
    Finding::ok("expiry", text)
}

/// From when until when a certificate of this folder's authority counts. Who checks certificates says so when asked about a time
/// before and one after.
fn validity(folder: &Path, certificate: &CertificateDer<'_>) -> Option<(Duration, Duration)> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&fs::read(folder.join("authority.pem")).ok()?).ok()?).ok()?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
    let at = |secs: u64| {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(secs));
        verifier.verify_client_cert(certificate, &[], time).err()
    };
    let not_before = match at(0) {
        Some(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) => not_before,
        _ => return None,
    };
    // Later than any certificate, and still a date.
    let not_after = match at(250_000_000_000) {
        Some(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => not_after,
        _ => return None,
    };
    let whole = at(not_before.as_secs()).is_none();
    whole.then(|| (Duration::from_secs(not_before.as_secs()), Duration::from_secs(not_after.as_secs())))
}

/// A time in the two largest of its units.
pub fn span(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (days, hours) = (minutes / 1_440, minutes / 60 % 24);
    let count = |number: u64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    match (days, hours) {
        (0, 0) => count(minutes % 60, "minute"),
        (0, hours) => format!("{}, {}", count(hours, "hour"), count(minutes % 60, "minute")),
        (days, hours) => format!("{}, {}", count(days, "day"), count(hours, "hour")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_days_hours_and_minutes() {
        let cases = [
            (59, "0 minutes"),
            (60, "1 minute"),
            (3_600 + 120, "1 hour, 2 minutes"),
            (24 * 3_600, "1 day, 0 hours"),
            (13 * 24 * 3_600 + 3_700, "13 days, 1 hour"),
        ];
        for (seconds, text) in cases {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }
}
