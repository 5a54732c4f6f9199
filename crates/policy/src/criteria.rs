//! What a rule looks at.

use serde::{Deserialize, Serialize};

use crate::address::AddressRange;
use crate::items::Items;
use crate::pattern::Pattern;
use crate::text::Name;
use crate::time::Hours;

/// Whose session it is. Names are compared as the machine's directory spells them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// This user.
    User(Name),
    /// Everybody in this group.
    Group(Name),
}

/// Where it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On this machine, or one of these where `*` stands in the name.
    Machine(Pattern),
    /// On a machine of this delivery group.
    DeliveryGroup(Pattern),
}

/// What a session must be like: one item of *each* criterion that is given. At least one is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = PolicyCriteria))]
#[serde(try_from = "Given")]
pub struct Criteria {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<schemas::PolicyPerson>>, min_items = 1, max_items = 256))]
    who: Option<Items<Person>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 256))]
    opened: Option<Items<Pattern>>,
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<schemas::PolicyPlace>>, min_items = 1, max_items = 256))]
    place: Option<Items<Place>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 256))]
    client: Option<Items<AddressRange>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 256))]
    tags: Option<Items<Name>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<Hours>>, min_items = 1, max_items = 256))]
    time: Option<Items<Hours>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    who: Option<Items<Person>>,
    opened: Option<Items<Pattern>>,
    #[serde(rename = "where")]
    place: Option<Items<Place>>,
    client: Option<Items<AddressRange>>,
    tags: Option<Items<Name>>,
    time: Option<Items<Hours>>,
}

/// A rule that would hold for every session, by mistake or not; a built-in policy does that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rule needs at least one criterion: who, opened, where, client, tags or time")]
pub struct NoCriterion;

impl TryFrom<Given> for Criteria {
    type Error = NoCriterion;

    fn try_from(Given { who, opened, place, client, tags, time }: Given) -> Result<Self, NoCriterion> {
        if who.is_none() && opened.is_none() && place.is_none() && client.is_none() && tags.is_none() && time.is_none()
        {
            return Err(NoCriterion);
        }
        Ok(Self { who, opened, place, client, tags, time })
    }
}

impl Criteria {
    /// Users and groups.
    pub fn who(&self) -> Option<&[Person]> {
        self.who.as_deref()
    }

    /// Applications or desktops.
    pub fn opened(&self) -> Option<&[Pattern]> {
        self.opened.as_deref()
    }

    /// Machines and delivery groups.
    pub fn place(&self) -> Option<&[Place]> {
        self.place.as_deref()
    }

    /// Addresses of the computer that the user sits at.
    pub fn client(&self) -> Option<&[AddressRange]> {
        self.client.as_deref()
    }

    /// Access tags.
    pub fn tags(&self) -> Option<&[Name]> {
        self.tags.as_deref()
    }

    /// When the session began.
    pub fn time(&self) -> Option<&[Hours]> {
        self.time.as_deref()
    }
}

/// How people and places stand in documents, for the description of the interface.
#[cfg(feature = "schema")]
#[expect(dead_code, reason = "only described")]
mod schemas {
    /// Whose session it is, as the machine's directory spells the name.
    #[derive(utoipa::ToSchema)]
    #[schema(rename_all = "snake_case")]
    pub enum PolicyPerson {
        /// This user.
        User(String),
        /// Everybody in this group.
        Group(String),
    }

    /// Where it runs; `*` stands for any characters.
    #[derive(utoipa::ToSchema)]
    #[schema(rename_all = "snake_case")]
    pub enum PolicyPlace {
        /// On this machine.
        Machine(String),
        /// On a machine of this delivery group.
        DeliveryGroup(String),
    }
}
