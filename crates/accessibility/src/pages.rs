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
/// Windows in which no page was found after some searches are let be for ever more looks, so many at most.
const SEARCHES: u32 = 3;
const MAX_REST: u32 = 8;
/// Chromium's own bars and popups are pages of these hosts, and windows of their own, shown or not.
const OWN_SCHEME: &str = "chrome://";
const OWN_HOST: &str = ".top-chrome";
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

/// A window, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Window {
    frame: Object,
    document: Option<Document>,
    /// Searches that found no page, and looks that are passed over until the next.
    searches: u32,
    rest: u32,
}

/// Where a window's page is, and where its address stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Document {
    object: Object,
    address: &'static str,
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
            let known = before.iter().find(|window| window.frame == frame).cloned();
            let mut window = known.unwrap_or(Window { frame, document: None, searches: 0, rest: 0 });
            if let Some((url, title)) = window.look(&mut budget).await? {
                pages.push(Page { window: window.frame.path.clone(), url, title });
            }
            browser.windows.push(window);
        }
        Ok(pages)
    }
}

impl Window {
    /// The page that it shows, if it does.
    async fn look(&mut self, budget: &mut Budget<'_>) -> Result<Option<(String, String)>, TreeError> {
        if let Some(Document { object, address }) = &self.document {
            // It may show another one by now: what is gone answers nothing.
            if let Ok(Some(page)) = shown(budget, object, &[address]).await {
                return Ok(Some(page.said));
            }
        } else if self.rest > 0 {
            self.rest -= 1;
            return Ok(None);
        }
        let found = search(budget, &self.frame).await?;
        self.searches = if found.is_some() { 0 } else { (self.searches + 1).min(SEARCHES + MAX_REST) };
        self.rest = self.searches.saturating_sub(SEARCHES);
        let (document, said) =
            found.map(|(object, Shown { address, said })| (Document { object, address }, said)).unzip();
        self.document = document;
        Ok(said)
    }
}

/// What a document says.
struct Shown {
    /// Under this name of its address.
    address: &'static str,
    /// Its address and title.
    said: (String, String),
}

/// The page of a window: the first one that can be seen and has an address. Never looks into a page.
async fn search(budget: &mut Budget<'_>, frame: &Object) -> Result<Option<(Object, Shown)>, TreeError> {
    let mut waiting = VecDeque::from([(frame.clone(), 0)]);
    while let Some((object, depth)) = waiting.pop_front() {
        match budget.spend() {
            Err(TreeError::TooMuch) => return Ok(None),
            spent => spent?,
        }
        let role = budget.role(&object).await?;
        if role.is_page() {
            if let Some(page) = shown(budget, &object, &ADDRESSES).await? {
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

/// What a document says; `None` where it cannot be seen, has no address under these names, or is the browser's own.
async fn shown(budget: &Budget<'_>, document: &Object, names: &[&'static str]) -> Result<Option<Shown>, TreeError> {
    if !budget.states(document).await?.is_showing() {
        return Ok(None);
    }
    for &address in names {
        let mut url = budget.attribute(document, address).await?;
        if url.is_empty() || is_own(&url) {
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
        return Ok(Some(Shown { address, said: (url, title.trim().to_owned()) }));
    }
    Ok(None)
}

/// Whether a page is a part of the browser's own windows.
fn is_own(url: &str) -> bool {
    let host = url.strip_prefix(OWN_SCHEME).and_then(|rest| rest.split('/').next());
    host.is_some_and(|host| host.ends_with(OWN_HOST))
}
