//! Machines that send recordings, and how they are let in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A machine that was enrolled. Its texts come from the machine and are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MachineItem {
    /// Opaque, given at enrolment.
    pub id: String,
    /// The name it gave itself.
    pub name: String,
    /// Its operating system.
    pub os: String,
    /// Version of its agent, once it was connected.
    pub agent_version: Option<String>,
    /// The Ed25519 key that vouches for its recordings, 64 hexadecimal digits; absent until the machine told it.
    pub signing_key: Option<String>,
    /// When it was enrolled (Unix µs).
    pub enrolled_us: i64,
    /// When it was last heard of (Unix µs).
    pub last_seen_us: Option<i64>,
    /// True while its agent is connected.
    pub online: bool,
    /// False where recording is switched off on the machine; absent while its agent is away.
    pub recording: Option<bool>,
    /// Whether the machine lets recordings be started and stopped from here; absent while its agent is away.
    pub controllable: Option<bool>,
    /// When its certificate was revoked (Unix µs).
    pub revoked_us: Option<i64>,
    /// How many of its sessions are being recorded now.
    pub live_recordings: u32,
    /// Bytes that wait in its spool, as last reported.
    pub spool_bytes: Option<u64>,
    /// Bytes it had to give up, as last reported.
    pub lost_bytes: Option<u64>,
    /// When its certificate expires (Unix µs). Agents renew it by themselves; with one that has expired they can do nothing else.
    pub expires_us: i64,
    /// The last copy of its state that was refused, such as a clone's.
    pub refused_copy: Option<RefusedCopy>,
}

/// A copy of a machine's state that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedCopy {
    /// When (Unix µs).
    pub time_us: i64,
    /// Where it connected from.
    pub address: String,
    /// How it was known to be one, as a sentence.
    pub text: String,
}

/// Every machine, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MachineList {
    /// At most 10,000.
    pub items: Vec<MachineItem>,
}

/// A token that lets one machine in, once. The token itself is shown only when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnrolmentToken {
    /// Opaque; not the secret.
    pub id: String,
    /// What it is for, as its maker wrote.
    pub note: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made (Unix µs).
    pub created_us: i64,
    /// Until when it can be used (Unix µs).
    pub expires_us: i64,
    /// When it was used (Unix µs).
    pub used_us: Option<i64>,
    /// The machine it let in.
    pub used_by: Option<String>,
    /// The known machine that it lets in again; absent: a new one.
    pub for_machine: Option<String>,
}

/// Every token that was not deleted, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnrolmentTokenList {
    /// At most 1,000.
    pub items: Vec<EnrolmentToken>,
}

/// Body of `POST /api/v1/enrolment-tokens`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateEnrolmentToken {
    /// What it is for; at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub note: String,
    /// For how long it can be used; 60 s to 30 days, default one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 60, maximum = 2_592_000)]
    pub valid_secs: Option<u32>,
    /// Lets this known machine in again, with its recordings: after a snapshot was restored, or a move. Whatever it was known by
    /// before counts no more. Absent: a new machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 36)]
    pub machine_id: Option<String>,
}

/// A new token. Only this answer ever holds the secret.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CreatedEnrolmentToken {
    /// What the list will show.
    pub item: EnrolmentToken,
    /// Text to give to `kinescope-agent enrol`: the secret, a dot, and the SHA-256 of the server's certificate.
    pub token: String,
}

/// Body of `POST /api/v1/enrol`, sent by an agent.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// The token as it was given out, or its part before the dot.
    #[schema(max_length = 256)]
    pub token: String,
    /// Certificate request (PKCS #10, PEM). Only its public key is taken over; at most 8 KiB.
    #[schema(max_length = 8192)]
    pub csr_pem: String,
    /// The Ed25519 key that will vouch for the machine's recordings, 64 lower-case hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 64, max_length = 64)]
    pub signing_key: Option<String>,
    /// What the machine says of itself.
    pub machine: EnrollingMachine,
}

/// What an enrolling machine says of itself; unverified.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrollingMachine {
    /// Host name; 1 to 255 characters.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// Operating system; at most 255 characters.
    #[schema(max_length = 255)]
    pub os: String,
    /// The machine's own id (`/etc/machine-id`), kept for information; at most 128 characters.
    #[schema(max_length = 128)]
    pub machine_id: String,
}

/// Answer to an enrolment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EnrolResponse {
    /// Id of the machine in this deployment; also the certificate's common name.
    pub machine_id: String,
    /// The machine's client certificate.
    pub certificate_pem: String,
    /// The authority that signed it.
    pub ca_pem: String,
}
