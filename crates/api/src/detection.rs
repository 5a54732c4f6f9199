//! Detection policies: which events of a session are logged. On the wire they are what recording policies are, with other documents:
//! the types here say which.

use events::Logging;
use policy::schemas::DetectionPolicyDocument;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::policies::{PolicyItem, TriedSession};

/// A detection policy with its document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DetectionPolicyDetails {
    /// Everything else.
    pub policy: PolicyItem,
    /// The document; absent where it is built in.
    #[schema(value_type = Option<DetectionPolicyDocument>)]
    pub document: Option<serde_json::Value>,
}

/// Body of `POST /api/v1/detection-policies`: a policy that was written, or a file that was exported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDetectionPolicy {
    /// The document.
    #[schema(value_type = DetectionPolicyDocument)]
    pub document: serde_json::Value,
}

/// Body of `PUT /api/v1/detection-policies/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateDetectionPolicy {
    /// The revision that was changed. If there is a newer one, nothing happens (409).
    pub revision: u32,
    /// The document as it is to be.
    #[schema(value_type = DetectionPolicyDocument)]
    pub document: serde_json::Value,
}

/// Body of `POST /api/v1/detection-policies/try`: what would be logged of a session? Either of `policy` and `document`, either of
/// `session` and `recording`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryDetectionPolicy {
    /// Id of a policy that is kept.
    pub policy: Option<String>,
    /// A document that need not be kept.
    #[schema(value_type = Option<DetectionPolicyDocument>)]
    pub document: Option<serde_json::Value>,
    /// A session as it might be.
    pub session: Option<TriedSession>,
    /// Id of a recording that the caller may play: its session.
    pub recording: Option<String>,
}

/// What would be logged of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TriedDetection {
    /// What would be logged; absent where no policy is active, so that the machine's own settings say it.
    pub log: Option<Logging>,
    /// The policy's name.
    pub policy: String,
    /// The rule that decides; none if no rule holds.
    pub rules: Vec<String>,
    /// Why, in words.
    pub reason: String,
    /// The session in question.
    pub session: TriedSession,
}
