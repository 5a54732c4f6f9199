//! One object of a tree.

use std::collections::BTreeMap;

use tokio::time::Instant;
use zbus::Connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use crate::bus::ask;
use crate::roles::{Role, States};
use crate::tree::TreeError;

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const TEXT: &str = "org.a11y.atspi.Text";
const DOCUMENT: &str = "org.a11y.atspi.Document";
const COLLECTION: &str = "org.a11y.atspi.Collection";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// A name or path that is longer belongs to nothing honest.
const MAX_NAME_BYTES: usize = 1 << 10;

/// Whose it is on the bus, and its path there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    pub name: String,
    pub path: String,
}

/// What is looked for below an object.
#[derive(Debug, Clone, Copy)]
pub enum Sought {
    /// What has the keyboard.
    Focused,
    /// What is of this role.
    OfRole(Role),
}

/// What may still be asked in one walk.
#[derive(Debug)]
pub struct Budget<'a> {
    pub bus: &'a Connection,
    pub until: Instant,
    /// Objects that may still be looked at.
    pub objects: usize,
}

impl Budget<'_> {
    /// One object less may be looked at.
    pub fn spend(&mut self) -> Result<(), TreeError> {
        self.objects = self.objects.checked_sub(1).ok_or(TreeError::TooMuch)?;
        Ok(())
    }

    async fn ask<A, T>(&self, of: &Object, what: (&str, &str), arguments: &A) -> Result<T, TreeError>
    where
        A: serde::Serialize + zbus::zvariant::Type,
        T: serde::de::DeserializeOwned + zbus::zvariant::Type,
    {
        ask(self.bus, (&of.name, &of.path), what, arguments, self.until).await
    }

    async fn property<T: TryFrom<OwnedValue>>(&self, of: &Object, name: &str) -> Result<T, TreeError> {
        let value: OwnedValue = self.ask(of, (PROPERTIES, "Get"), &(ACCESSIBLE, name)).await?;
        T::try_from(value).map_err(|_| TreeError::Nonsense)
    }

    pub async fn role(&self, of: &Object) -> Result<Role, TreeError> {
        Ok(Role(self.ask::<_, u32>(of, (ACCESSIBLE, "GetRole"), &()).await?))
    }

    pub async fn states(&self, of: &Object) -> Result<States, TreeError> {
        let words: Vec<u32> = self.ask(of, (ACCESSIBLE, "GetState"), &()).await?;
        Ok(States(words.first().copied().unwrap_or_default()))
    }

    pub async fn name(&self, of: &Object) -> Result<String, TreeError> {
        self.property(of, "Name").await
    }

    /// The first so many characters of its text.
    pub async fn text(&self, of: &Object, most: usize) -> Result<String, TreeError> {
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        self.ask(of, (TEXT, "GetText"), &(0_i32, most)).await
    }

    /// What a document says of itself under this name.
    pub async fn attribute(&self, of: &Object, name: &str) -> Result<String, TreeError> {
        self.ask(of, (DOCUMENT, "GetAttributeValue"), &name).await
    }

    /// What it is in.
    pub async fn parent(&self, of: &Object) -> Result<Option<Object>, TreeError> {
        let parent: (String, OwnedObjectPath) = self.property(of, "Parent").await?;
        Ok(object(parent))
    }

    /// The first so many of these below an object, at any depth, as its program finds them.
    pub async fn find(&self, sought: Sought, below: &Object, most: usize) -> Result<Vec<Object>, TreeError> {
        const ALL: i32 = 1;
        const ANY: i32 = 2;
        const IN_ORDER: u32 = 1;
        let (mut states, mut roles) = (Vec::new(), Vec::new());
        match sought {
            Sought::Focused => states.extend(States::FOCUSED.map(u32::cast_signed)),
            Sought::OfRole(Role(role)) => {
                roles.resize(4, 0);
                if let Some(word) = roles.get_mut(role as usize / 32) {
                    *word = (1_u32 << (role % 32)).cast_signed();
                }
            }
        }
        let rule = (states, ALL, BTreeMap::<&str, &str>::new(), ALL, roles, ANY, Vec::<&str>::new(), ALL, false);
        let asked = (rule, IN_ORDER, i32::try_from(most).unwrap_or(i32::MAX), true);
        let found: Vec<(String, OwnedObjectPath)> = self.ask(below, (COLLECTION, "GetMatches"), &asked).await?;
        Ok(found.into_iter().take(most).filter_map(object).collect())
    }

    /// Its first children. Of one that has more than a few each is asked for by itself: the whole list might have millions.
    pub async fn children(&self, of: &Object, most: usize) -> Result<Vec<Object>, TreeError> {
        let count: i32 = self.property(of, "ChildCount").await?;
        let count = usize::try_from(count).unwrap_or_default();
        if count == 0 {
            return Ok(Vec::new());
        }
        if count <= most {
            let children: Vec<(String, OwnedObjectPath)> = self.ask(of, (ACCESSIBLE, "GetChildren"), &()).await?;
            return Ok(children.into_iter().take(most).filter_map(object).collect());
        }
        let mut children = Vec::new();
        for at in 0..most {
            let at = i32::try_from(at).unwrap_or(i32::MAX);
            let child: (String, OwnedObjectPath) = self.ask(of, (ACCESSIBLE, "GetChildAtIndex"), &at).await?;
            children.extend(object(child));
        }
        Ok(children)
    }
}

/// `None`: it points to nothing.
fn object((name, path): (String, OwnedObjectPath)) -> Option<Object> {
    let path = path.as_str();
    let is_one = name.starts_with(':') && !path.ends_with("/null") && name.len().max(path.len()) <= MAX_NAME_BYTES;
    is_one.then(|| Object { name, path: path.to_owned() })
}
