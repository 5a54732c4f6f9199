//! Signing in, and the people who may.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Role;

/// Body of `POST /api/v1/login`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Name of a local user.
    #[schema(max_length = 128)]
    pub user: String,
    /// The password; at most 1,024 bytes.
    #[schema(max_length = 1024, format = "password")]
    pub password: String,
}

/// Who is signed in, and to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Name of the user.
    pub user: String,
    /// What the user may do.
    pub roles: Vec<Role>,
    /// True where everything is recorded and the first user holds every role.
    pub demo: bool,
    /// The server that answers.
    pub server: ServerFacts,
}

/// Facts about the server that every signed-in person may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerFacts {
    /// Version of the software.
    pub version: String,
}

/// Body of `PUT /api/v1/me/password`. All other web sessions of the person end.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present password.
    #[schema(max_length = 1024, format = "password")]
    pub current: String,
    /// The new password, 10 to 1,024 bytes.
    #[schema(min_length = 10, max_length = 1024, format = "password")]
    pub new: String,
}

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserItem {
    /// Opaque, stable.
    pub id: String,
    /// Name used to sign in.
    pub name: String,
    /// What the person may do.
    pub roles: Vec<Role>,
    /// A disabled person cannot sign in.
    pub enabled: bool,
    /// When the person was added.
    pub created_us: i64,
}

/// Every person of the deployment, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserList {
    /// At most 10,000.
    pub items: Vec<UserItem>,
}

/// Body of `POST /api/v1/users`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// 1 to 64 characters: letters, digits, `.`, `_`, `-`, `@`.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// 10 to 1,024 bytes.
    #[schema(min_length = 10, max_length = 1024, format = "password")]
    pub password: String,
    /// What the person may do; empty is allowed.
    #[serde(default)]
    pub roles: Vec<Role>,
}

/// Body of `PUT /api/v1/users/{id}`; what is absent stays as it is.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// A new password; ends the person's web sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 10, max_length = 1024, format = "password")]
    pub password: Option<String>,
    /// False locks the person out and ends the person's web sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Body of `PUT /api/v1/users/{id}/roles`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRoles {
    /// All the roles that the person shall hold.
    pub roles: Vec<Role>,
}
