//! Who signed a time stamp, and whether that is an authority that one trusts.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use evidence::{TimeStampAuthority, TimeStampToken};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// What a certificate must be for: 1.3.6.1.5.5.7.3.8, *time stamping*.
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];

/// Checks signatures of time stamps, and their certificates if the file of a certificate authority was named.
#[derive(Debug)]
pub struct Authorities {
    trusted: Option<Vec<CertificateDer<'static>>>,
}

impl Authorities {
    /// With the certificates in a file of PEM, if one is named.
    pub fn read(path: Option<&Path>) -> anyhow::Result<Authorities> {
        let Some(path) = path else { return Ok(Authorities { trusted: None }) };
        let reading = || format!("reading certificates from {}", path.display());
        let found = CertificateDer::pem_file_iter(path).with_context(reading)?;
        let trusted: Vec<_> = found.collect::<Result<_, _>>().with_context(reading)?;
        for certificate in &trusted {
            anchor_from_trusted_cert(certificate).with_context(reading)?;
        }
        if trusted.is_empty() {
            bail!("{} holds no certificate in PEM", path.display());
        }
        Ok(Authorities { trusted: Some(trusted) })
    }
}

impl TimeStampAuthority for Authorities {
    fn check(&self, token: &TimeStampToken) -> Result<Option<bool>, String> {
        let (own, others) = token.certificates.split_first().ok_or("the certificate that signed it is not in it")?;
        let own = CertificateDer::from(own.as_slice());
        let certificate = EndEntityCert::try_from(&own).map_err(|error| format!("its certificate: {error}"))?;
        let signed = |algorithm: &&dyn SignatureVerificationAlgorithm| {
            certificate.verify_signature(*algorithm, &token.signed, &token.signature).is_ok()
        };
        if !webpki::ALL_VERIFICATION_ALGS.iter().any(signed) {
            return Err("the certificate in it did not sign it".to_owned());
        }
        let Some(trusted) = &self.trusted else { return Ok(None) };
        let anchors: Vec<_> = trusted.iter().filter_map(|anchor| anchor_from_trusted_cert(anchor).ok()).collect();
        let others: Vec<_> = others.iter().map(|other| CertificateDer::from(other.as_slice())).collect();
        // A certificate need only have been good when it was used.
        let made = UnixTime::since_unix_epoch(Duration::from_micros(u64::try_from(token.unix_us).unwrap_or(0)));
        let usage = KeyUsage::required(TIME_STAMPING);
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let path = certificate.verify_for_usage(algorithms, &anchors, &others, made, usage, None, None);
        Ok(Some(path.is_ok()))
    }
}
