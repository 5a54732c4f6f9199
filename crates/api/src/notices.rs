//! How users are told that they are recorded.

use policy::Notices;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A built-in text, as it is shown where there is none of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BuiltInNotice {
    /// The language as a tag.
    pub language: String,
    /// Its title.
    pub title: String,
    /// The text itself.
    pub body: String,
}

/// What stands on buttons below texts in one language. Below texts in languages that are not listed, it is the first one's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoticeButtons {
    /// The language as a tag.
    pub language: String,
    /// What stands on the button that agrees.
    pub accept: String,
    /// What stands on the button that does not.
    pub decline: String,
    /// What stands on the button that closes a notice.
    pub dismiss: String,
}

/// How users are told, and what there is to tell them with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoticePage {
    /// The setting.
    #[schema(inline = false)]
    pub setting: Notices,
    /// The built-in texts where users are only told.
    pub built_in: Vec<BuiltInNotice>,
    /// The built-in texts where users are asked.
    pub built_in_consent: Vec<BuiltInNotice>,
    /// What stands on buttons, English first.
    pub buttons: Vec<NoticeButtons>,
    /// The most bytes of all texts together, as JSON.
    pub most_bytes: u32,
}

/// Body of `PUT /api/v1/notices`. Sessions that start from now on are told like this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetNotices {
    /// The new setting.
    #[schema(inline = false)]
    pub setting: Notices,
    /// The setting that it takes the place of: another one means that somebody else was faster.
    #[schema(inline = false)]
    pub instead_of: Notices,
}
