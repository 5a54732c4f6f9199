//! Time stamps (RFC 3161): an authority's word that a receipt was there at a moment. What is stamped is the SHA-256 of the
//! receipt's whole entry.
//!
//! Requests, answers and tokens are taken apart here. Whether an authority's certificate is one to trust is for the caller,
//! who has the certificates of those that he trusts: [`TimeStampAuthority`].

use std::fmt;

use cmpv2::status::PkiStatus;
use cms::cert::CertificateChoices;
use cms::cert::x509::Certificate;
use cms::cert::x509::spki::AlgorithmIdentifier;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Int, ObjectIdentifier, OctetString, OctetStringRef};
use der::{Any, Decode, Encode};
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// Why bytes are no time stamp, or not the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeStampError {
    /// It is not what RFC 3161 says, or has what is not read here.
    #[error("it cannot be understood: {0}")]
    Malformed(String),
    /// The authority said no.
    #[error("the authority refused: {0}")]
    Refused(String),
    /// It is for other bytes, or another request.
    #[error("it is for something else than what was asked")]
    Other,
}

impl From<der::Error> for TimeStampError {
    fn from(error: der::Error) -> TimeStampError {
        TimeStampError::Malformed(error.to_string())
    }
}

/// What is sent to an authority, DER. The nonce must be random.
///
/// # Errors
/// None that can happen: all fields have fixed sizes.
pub fn time_stamp_request(digest: &[u8; 32], nonce: u64) -> Result<Vec<u8>, TimeStampError> {
    let imprint = MessageImprint {
        hash_algorithm: AlgorithmIdentifier { oid: SHA_256, parameters: None },
        hashed_message: OctetString::new(digest.as_slice())?,
    };
    let request = TimeStampReq {
        version: TspVersion::V1,
        message_imprint: imprint,
        req_policy: None,
        nonce: Some(number(nonce)?),
        cert_req: true,
        extensions: None,
    };
    Ok(request.to_der()?)
}

/// The token in an authority's answer, DER, if it is for this request.
///
/// # Errors
/// [`TimeStampError`].
pub fn time_stamp_answer(answer: &[u8], digest: &[u8; 32], nonce: u64) -> Result<Vec<u8>, TimeStampError> {
    let answer = TimeStampResp::from_der(answer)?;
    if !matches!(answer.status.status, PkiStatus::Accepted | PkiStatus::GrantedWithMods) {
        return Err(TimeStampError::Refused(format!("{:?}, {:?}", answer.status.status, answer.status.fail_info)));
    }
    let token = answer.time_stamp_token.ok_or_else(|| TimeStampError::Malformed("no token is in it".to_owned()))?;
    let token = token.to_der()?;
    let (_, info, _) = take_apart(&token)?;
    if imprint(&info)? != *digest || info.nonce != Some(number(nonce)?) {
        return Err(TimeStampError::Other);
    }
    Ok(token)
}

/// A token taken apart. Its digest of what it says is right; its signature was not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampToken {
    /// SHA-256 of what was stamped.
    pub imprint: [u8; 32],
    /// When, by the authority's clock, in microseconds since 1970 UTC.
    pub unix_us: i64,
    /// Who says that he signed it: his certificate's subject; empty where the certificate is not in it.
    pub authority: String,
    /// The certificates in it, DER, the signer's first; none where the signer's is not there.
    pub certificates: Vec<Vec<u8>>,
    /// What is signed.
    pub signed: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

impl TimeStampToken {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`TimeStampError::Malformed`].
    pub fn from_der(token: &[u8]) -> Result<TimeStampToken, TimeStampError> {
        let (signed_data, info, content) = take_apart(token)?;
        let [signer] = signed_data.signer_infos.0.as_slice() else { return malformed("not one signer") };
        let attributes = signer.signed_attrs.as_ref().ok_or_else(|| word("nothing of it is signed"))?;
        if attribute(signer, CONTENT_TYPE)?.decode_as::<ObjectIdentifier>()? != TST_INFO {
            return malformed("what is signed is no time stamp");
        }
        let stated = attribute(signer, MESSAGE_DIGEST)?;
        let digest = match signer.digest_alg.oid {
            SHA_256 => Sha256::digest(&content).to_vec(),
            SHA_384 => Sha384::digest(&content).to_vec(),
            SHA_512 => Sha512::digest(&content).to_vec(),
            other => return malformed(&format!("the hash {other} is not known here")),
        };
        if stated.decode_as::<OctetStringRef<'_>>()?.as_bytes() != digest {
            return malformed("its content is not what was signed");
        }
        let (authority, certificates) = certificates(&signed_data, signer)?;
        let since_1970 = info.gen_time.to_unix_duration().as_micros();
        Ok(TimeStampToken {
            imprint: imprint(&info)?,
            unix_us: i64::try_from(since_1970).map_err(|_| word("its time is out of range"))?,
            authority,
            certificates,
            signed: attributes.to_der()?,
            signature: signer.signature.as_bytes().to_vec(),
        })
    }
}

/// Who knows which authorities are to be trusted.
pub trait TimeStampAuthority: fmt::Debug {
    /// Whether the certificate in the token signed it, and, as `Some`, whether that is a time stamp authority to trust.
    ///
    /// # Errors
    /// In words, why the signature is not right.
    fn check(&self, token: &TimeStampToken) -> Result<Option<bool>, String>;
}

fn word(what: &str) -> TimeStampError {
    TimeStampError::Malformed(what.to_owned())
}

fn malformed<T>(what: &str) -> Result<T, TimeStampError> {
    Err(word(what))
}

/// A positive integer as DER has it.
fn number(value: u64) -> Result<Int, TimeStampError> {
    let bytes = value.to_be_bytes();
    let leading = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
    let mut shortest = bytes.get(leading..).unwrap_or_default().to_vec();
    if shortest.first().is_some_and(|byte| byte & 0x80 != 0) {
        shortest.insert(0, 0);
    }
    Ok(Int::new(&shortest)?)
}

fn imprint(info: &TstInfo) -> Result<[u8; 32], TimeStampError> {
    let MessageImprint { hash_algorithm, hashed_message } = &info.message_imprint;
    let digest = hashed_message.as_bytes().try_into();
    digest.ok().filter(|_| hash_algorithm.oid == SHA_256).ok_or_else(|| word("it is not for a SHA-256"))
}

fn take_apart(token: &[u8]) -> Result<(SignedData, TstInfo, Vec<u8>), TimeStampError> {
    let outer = ContentInfo::from_der(token)?;
    if outer.content_type != SIGNED_DATA {
        return malformed("it is not signed");
    }
    let signed: SignedData = outer.content.decode_as()?;
    let content = &signed.encap_content_info;
    let bytes = content.econtent.as_ref().filter(|_| content.econtent_type == TST_INFO);
    let bytes = bytes.ok_or_else(|| word("it holds no time stamp"))?.decode_as::<OctetStringRef<'_>>()?;
    let bytes = bytes.as_bytes().to_vec();
    let info = TstInfo::from_der(&bytes)?;
    Ok((signed, info, bytes))
}

/// The one value of a signed attribute.
fn attribute(signer: &SignerInfo, oid: ObjectIdentifier) -> Result<Any, TimeStampError> {
    let mut found = signer.signed_attrs.iter().flat_map(|attributes| attributes.iter()).filter(|one| one.oid == oid);
    match (found.next().map(|attribute| attribute.values.as_slice()), found.next()) {
        (Some([value]), None) => Ok(value.clone()),
        _ => malformed("what it says of its content is missing or there twice"),
    }
}

fn certificates(signed: &SignedData, signer: &SignerInfo) -> Result<(String, Vec<Vec<u8>>), TimeStampError> {
    let (mut authority, mut found) = (String::new(), Vec::new());
    for choice in signed.certificates.iter().flat_map(|set| set.0.iter()) {
        let CertificateChoices::Certificate(certificate) = choice else { continue };
        let bytes = certificate.to_der()?;
        if authority.is_empty() && is_of(certificate, &signer.sid) {
            authority = certificate.tbs_certificate.subject.to_string();
            found.insert(0, bytes);
        } else {
            found.push(bytes);
        }
    }
    if authority.is_empty() {
        found.clear();
    }
    Ok((authority, found))
}

fn is_of(certificate: &Certificate, signer: &SignerIdentifier) -> bool {
    let SignerIdentifier::IssuerAndSerialNumber(named) = signer else { return false };
    let tbs = &certificate.tbs_certificate;
    tbs.issuer == named.issuer && tbs.serial_number == named.serial_number
}
