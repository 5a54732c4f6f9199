//! The pages that browsers show.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::object::{Budget, Object};
use crate::tree::{Program, Tree, TreeError};

/// How long looking at one browser may take.
const LOOK: Duration = Duration::from_millis(1_000);
/// Browsers that are looked at, and windows of one.
const MAX_BROWSERS: usize = 16;
const MAX_WINDOWS: usize = 32;
/// Objects of a window on the way to its page, children of one of them, and how deep it lies.
const MAX_OBJECTS: usize = 600;
const MAX_CHILDREN: usize = 64;
const MAX_DEPTH: usize = 16;
/// Where a page's address stands: Firefox's word, and Chromium's.
const ADDRESSES: [&str; 2] = ["DocURL", "URI"];
/// Characters of a title, and bytes of an address, that are looked at: of a longer address its scheme is left.
const MAX_TITLE_CHARS: usize = 200;
const MAX_URL_BYTES: usize = 16 << 10;

/// A browser that has a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// Its process, by the bus's word.
    pub pid: u32,
    root: Object,
    windows: Vec<Window>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Window {
    frame: Object,
    document: Object,
}

/// A page that a window shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which window of its browser: the same as long as that is there.
    pub window: String,
    /// Its address, with all that stands in it: not to be told as it is.
    pub url: String,
    /// Its title, at most 200 characters.
    pub title: String,
}

impl Tree {
    /// The browsers among the programs that say what they show. What was known of the windows of those that were there before stays known.
    ///
    /// # Errors
    /// If it cannot be known.
    pub async fn browsers(
        &self,
        known: Vec<Browser>,
        is_browser: impl Fn(u32) -> bool,
    ) -> Result<Vec<Browser>, TreeError> {
        let programs = self.programs(Instant::now() + LOOK).await?;
        let browsers = programs.into_iter().filter(|program| is_browser(program.pid)).take(MAX_BROWSERS);
        let again = |Program { root, pid }: Program| {
            let before = known.iter().find(|browser| browser.root == root && browser.pid == pid).cloned();
            before.unwrap_or(Browser { pid, root, windows: Vec::new() })
        };
        Ok(browsers.map(again).collect())
    }

    /// The pages that a browser shows now: of each of its windows one.
    ///
    /// # Errors
    /// If they are not known now.
    pub async fn pages(&self, browser: &mut Browser) -> Result<Vec<Page>, TreeError> {
        let mut budget = self.budget(Instant::now() + LOOK, MAX_OBJECTS);
        let mut pages = Vec::new();
        let before = std::mem::take(&mut browser.windows);
        for frame in budget.children(&browser.root, MAX_WINDOWS).await? {
            let known = before.iter().find(|window| window.frame == frame).map(|window| window.document.clone());
            let found = match known {
                // It may show another one by now: what is gone answers nothing.
                Some(document) => shown(&budget, &document).await.ok().flatten().map(|page| (document, page)),
                None => None,
            };
            let found = match found {
                Some(found) => Some(found),
                None => search(&mut budget, &frame).await?,
            };
            if let Some((document, (url, title))) = found {
                pages.push(Page { window: frame.path.clone(), url, title });
                browser.windows.push(Window { frame, document });
            }
        }
        Ok(pages)
    }
}

/// The page of a window: the first one that can be seen and has an address. Never looks into a page.
async fn search(budget: &mut Budget<'_>, frame: &Object) -> Result<Option<(Object, (String, String))>, TreeError> {
    let mut waiting = VecDeque::from([(frame.clone(), 0)]);
    while let Some((object, depth)) = waiting.pop_front() {
        match budget.spend() {
            Err(TreeError::TooMuch) => return Ok(None),
            spent => spent?,
        }
        let role = budget.role(&object).await?;
        if role.is_page() {
            if let Some(page) = shown(budget, &object).await? {
                return Ok(Some((object, page)));
            }
            continue;
        }
        if role.has_no_page() || depth >= MAX_DEPTH || !budget.states(&object).await?.is_showing() {
            continue;
        }
        let children = budget.children(&object, MAX_CHILDREN).await?;
        waiting.extend(children.into_iter().map(|child| (child, depth + 1)));
    }
    Ok(None)
}

/// A document's address and title; `None` where it cannot be seen, or has no address.
async fn shown(budget: &Budget<'_>, document: &Object) -> Result<Option<(String, String)>, TreeError> {
    if !budget.states(document).await?.is_showing() {
        return Ok(None);
    }
    for name in ADDRESSES {
        let mut url = budget.attribute(document, name).await?;
        if url.is_empty() {
            continue;
        }
        let mut title = budget.name(document).await?;
        if title == url {
            // Firefox calls a page so that has no title.
            title.clear();
        }
        if url.len() > MAX_URL_BYTES {
            url.truncate(url.find(':').map_or(0, |colon| colon + 1));
        }
        if url.is_empty() || url.len() > MAX_URL_BYTES {
            continue;
        }
        let title: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TITLE_CHARS).collect();
        return Ok(Some((url, title.trim().to_owned())));
    }
    Ok(None)
}
