//! Which pages the session's browsers show: what is new since the last look.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use accessibility::{Browser, Tree};
use detect::process::{Stat, all, program};
use events::{page_address, page_title};
use nix::unistd::geteuid;
use tokio::time::Instant;

use super::{Page, Told};
use crate::browsers::is_browser;
use crate::sessions::processes_of;

/// A page without a title may get one: it is told without after so many looks.
const TITLE_LOOKS: u32 = 3;
/// How often it is looked which browsers run.
const FIND: Duration = Duration::from_secs(3);
/// How often it is looked which of them say nothing: all processes are looked at for it.
const LISTEN: Duration = Duration::from_secs(15);
/// A browser that has been there for so long and shows no page says nothing of them.
const SILENT_AFTER: Duration = Duration::from_secs(20);
/// So many looks that fail after another are the end.
const MAX_FAILED: u32 = 10;
/// Browsers that are known to say nothing.
const MAX_SILENT: usize = 256;

/// Looks at the pages of a session.
pub struct Pages {
    display: u32,
    queries: bool,
    browsers: Vec<Browser>,
    shown: Shown,
    find_at: Instant,
    listen_at: Instant,
    failed: u32,
    /// Browsers that run, since when they are known, and those that need not be told of.
    running: BTreeMap<u32, Instant>,
    settled: BTreeSet<u32>,
}

impl Pages {
    /// Of a session.
    pub fn new(display: u32, queries: bool) -> Self {
        Self {
            display,
            queries,
            browsers: Vec::new(),
            shown: Shown::default(),
            find_at: Instant::now(),
            listen_at: Instant::now(),
            failed: 0,
            running: BTreeMap::new(),
            settled: BTreeSet::new(),
        }
    }

    /// What is new.
    ///
    /// # Errors
    /// If nothing can be known any more.
    pub async fn look(&mut self, tree: &Tree) -> anyhow::Result<Vec<Told>> {
        let mut told = Vec::new();
        let now = Instant::now();
        if now >= self.find_at {
            self.find_at = now + FIND;
            match tree.browsers(std::mem::take(&mut self.browsers), is_browser_process).await {
                Ok(browsers) => (self.browsers, self.failed) = (browsers, 0),
                Err(error) if error.is_end() || self.failed >= MAX_FAILED => return Err(error.into()),
                Err(_) => self.failed += 1,
            }
            let there: BTreeSet<u32> = self.browsers.iter().map(|browser| browser.pid).collect();
            told.extend(self.shown.only_of(&there, now));
        }
        for browser in &mut self.browsers {
            // One that does not answer now shows what it did.
            let Ok(pages) = tree.pages(browser).await else { continue };
            if !pages.is_empty() {
                self.settled.insert(browser.pid);
            }
            told.extend(self.shown.now(browser.pid, &pages, self.queries, Instant::now()));
        }
        if now >= self.listen_at {
            self.listen_at = now + LISTEN;
            told.extend(self.silent(now));
        }
        Ok(told)
    }

    /// Browsers of the session that say nothing of their pages: each once.
    fn silent(&mut self, now: Instant) -> Vec<Told> {
        let mut running = browsers_of(self.display);
        running.extend(self.browsers.iter().map(|browser| browser.pid));
        self.running.retain(|pid, _| running.contains(pid));
        self.settled.retain(|pid| running.contains(pid));
        running.iter().take(MAX_SILENT).for_each(|pid| _ = self.running.entry(*pid).or_insert(now));
        let is_silent = |(pid, since): &(&u32, &Instant)| {
            now.duration_since(**since) >= SILENT_AFTER && !self.settled.contains(pid)
        };
        let silent: Vec<u32> = self.running.iter().filter(is_silent).map(|(pid, _)| *pid).collect();
        self.settled.extend(&silent);
        silent.into_iter().map(|pid| Told::Silent { pid }).collect()
    }
}

/// The browsers that run in a session, but not what they start themselves. Chromium writes over what it was started with: it is known by
/// who started it.
fn browsers_of(display: u32) -> BTreeSet<u32> {
    let inside: BTreeSet<u32> =
        processes_of(geteuid().as_raw(), display).iter().map(|inside| inside.process.pid).collect();
    let parent = |pid: u32| Stat::of(pid).map(|stat| stat.parent);
    let is_inside = |pid: u32| inside.contains(&pid) || parent(pid).is_some_and(|parent| inside.contains(&parent));
    let browsers = all().filter(|pid| is_browser_process(*pid) && is_inside(*pid));
    browsers.filter(|pid| !parent(*pid).is_some_and(is_browser_process)).collect()
}

fn is_browser_process(pid: u32) -> bool {
    program(pid).is_ok_and(|program| is_browser(&program))
}

/// The page that each window of a browser shows.
#[derive(Default)]
struct Shown(BTreeMap<(u32, String), Showing>);

struct Showing {
    /// As the browser says it, but for a fragment: what tells one page from another.
    whole: String,
    page: Page,
    since: Instant,
    told: bool,
    looks: u32,
}

impl Shown {
    /// A browser shows these.
    fn now(&mut self, pid: u32, pages: &[accessibility::Page], queries: bool, now: Instant) -> Vec<Told> {
        let mut told = Vec::new();
        let windows: BTreeSet<&str> = pages.iter().map(|page| page.window.as_str()).collect();
        self.leave(|(of, window)| *of == pid && !windows.contains(window.as_str()), now, &mut told);
        for accessibility::Page { window, url, title } in pages {
            let title = page_title(title, url, queries);
            let whole = url.split('#').next().unwrap_or_default();
            let key = (pid, window.clone());
            if self.0.get(&key).is_some_and(|showing| showing.whole != whole) {
                self.leave(|other| *other == key, now, &mut told);
            }
            let showing = self.0.entry(key).or_insert_with(|| Showing {
                whole: whole.to_owned(),
                page: Page { pid, url: page_address(url, queries), title: String::new() },
                since: now,
                told: false,
                looks: 0,
            });
            showing.looks += 1;
            if !showing.told && (!title.is_empty() || showing.looks >= TITLE_LOOKS) {
                (showing.told, showing.page.title) = (true, title);
                told.push(Told::Shown(showing.page.clone()));
            }
        }
        told
    }

    /// Only these browsers are there.
    fn only_of(&mut self, browsers: &BTreeSet<u32>, now: Instant) -> Vec<Told> {
        let mut told = Vec::new();
        self.leave(|(pid, _)| !browsers.contains(pid), now, &mut told);
        told
    }

    /// What was left before it was told is not told at all.
    fn leave(&mut self, which: impl Fn(&(u32, String)) -> bool, now: Instant, told: &mut Vec<Told>) {
        self.0.retain(|key, showing| {
            let left = which(key);
            if left && showing.told {
                let seconds = now.duration_since(showing.since).as_secs();
                told.push(Told::Left { page: showing.page.clone(), seconds });
            }
            !left
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(window: &str, url: &str, title: &str) -> accessibility::Page {
        accessibility::Page { window: window.to_owned(), url: url.to_owned(), title: title.to_owned() }
    }

    fn words(told: &[Told]) -> Vec<String> {
        let word = |told: &Told| match told {
            Told::Shown(page) => format!("{} {}", page.url, page.title),
            Told::Left { page, seconds } => format!("left {} {seconds}", page.url),
            other => format!("{other:?}"),
        };
        told.iter().map(word).collect()
    }

    #[test]
    fn each_window_says_which_page_it_shows_and_which_it_leaves() {
        let (mut shown, begin) = (Shown::default(), Instant::now());
        let at = |seconds| begin + Duration::from_secs(seconds);
        let two = [page("a", "https://u:p@x/1?k=1#k", "One"), page("b", "https://x/2", "Two")];
        assert_eq!(words(&shown.now(7, &two, false, at(0))), ["https://x/1 One", "https://x/2 Two"]);
        let two = [page("a", "https://u:p@x/1?k=1#other", "(1) One"), page("b", "https://x/2", "Two")];
        assert!(shown.now(7, &two, false, at(1)).is_empty(), "another fragment or title is no other page");
        let two = [page("a", "https://u:p@x/1?k=2", "Other"), page("b", "https://x/2", "Two")];
        assert_eq!(words(&shown.now(7, &two, false, at(5))), ["left https://x/1 5", "https://x/1 Other"]);
        assert_eq!(words(&shown.now(7, &two[1..], false, at(6))), ["left https://x/1 1"]);
        assert!(shown.now(8, &[], false, at(7)).is_empty(), "another browser's windows are its own");
        assert_eq!(words(&shown.only_of(&BTreeSet::from([8]), at(9))), ["left https://x/2 9"]);
    }

    #[test]
    fn a_title_is_waited_for_but_not_long() {
        let (mut shown, now) = (Shown::default(), Instant::now());
        let bare = [page("a", "https://x/?q", "")];
        for _ in 1..TITLE_LOOKS {
            assert!(shown.now(7, &bare, true, now).is_empty());
        }
        assert_eq!(words(&shown.now(7, &bare, true, now)), ["https://x/?q "]);
        assert!(shown.now(7, &[page("a", "https://x/2", "")], true, now).len() == 1, "only what was told is left");
        assert!(shown.now(7, &[], true, now).is_empty());
        let untitled = [page("a", "https://x/3?s3cret", "https://x/3?s3cret")];
        assert!((1..TITLE_LOOKS).all(|_| shown.now(7, &untitled, false, now).is_empty()));
        assert_eq!(words(&shown.now(7, &untitled, false, now)), ["https://x/3 "]);
    }
}
