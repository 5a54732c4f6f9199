//! Templates of triggers, to be put into rules of detection policies.

use events::TriggerTemplate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A template as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateItem {
    /// Its identity: 32 digits, or a built-in template's name.
    pub id: String,
    /// Whether it is built in: then it cannot be changed.
    pub built_in: bool,
    /// Who made it; absent where it is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Counts up with each change; 0 where it is built in.
    pub revision: u32,
    /// When it was changed last (Unix µs).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_us: Option<i64>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// All of it.
    pub template: TriggerTemplate,
}

/// Every template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateList {
    /// Built-in ones first, then by name.
    pub items: Vec<TemplateItem>,
}

/// Body of `POST /api/v1/trigger-templates`: a template that was written, or one of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTemplate {
    /// All of it.
    pub template: TriggerTemplate,
}

/// Body of `PUT /api/v1/trigger-templates/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTemplate {
    /// The revision that was changed. If there is a newer one, nothing happens (409).
    pub revision: u32,
    /// The template as it is to be.
    pub template: TriggerTemplate,
}

/// Query of `DELETE /api/v1/trigger-templates/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeleteTemplate {
    /// The revision that is meant to go. If there is a newer one, nothing happens (409).
    pub revision: u32,
}
