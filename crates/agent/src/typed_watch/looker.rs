//! Where keys go: whether that is an ordinary place.

use std::collections::VecDeque;
use std::time::Duration;

use accessibility::{Field, Fields, Tree};
use capture::{Focus, KeyWatch};
use events::{Place, Typeable};
use tokio::time::Instant;

use super::terminal::Terminal;
use crate::accessibility_watch;

/// A tree that was not reached is tried again after this.
const AGAIN: Duration = Duration::from_secs(10);
/// Places whose titles are known.
const MAX_TITLES: usize = 64;

/// Looks where keys go.
pub struct Looker {
    display: u32,
    tree: Option<Tree>,
    tree_at: Instant,
    fields: Fields,
    /// Whether the keyboard may be a program's own: until it was found free.
    may_be_held: bool,
    /// Titles of the windows that places were found in, the last one last.
    titles: VecDeque<(Place, String)>,
}

impl Looker {
    /// One for a display.
    pub fn new(display: u32) -> Self {
        let fields = Fields::default();
        Self { display, tree: None, tree_at: Instant::now(), fields, may_be_held: true, titles: VecDeque::new() }
    }

    /// A program asked for the keyboard.
    pub fn is_asked_for(&mut self) {
        self.may_be_held = true;
    }

    /// Whether the keyboard may be a program's own.
    pub fn may_be_held(&self) -> bool {
        self.may_be_held
    }

    /// The ordinary place that keys go to now, where there is one.
    ///
    /// # Errors
    /// The connection to the display was lost.
    pub async fn look(&mut self, keys: &KeyWatch) -> anyhow::Result<Option<Place>> {
        if self.may_be_held && !keys.is_free()? {
            return Ok(None);
        }
        self.may_be_held = false;
        let Some(focus) = keys.focus()? else { return Ok(None) };
        let title = keys.title(&focus)?;
        let Some(what) = self.typeable(focus, &title).await else { return Ok(None) };
        // While that was asked, keys may have come to go elsewhere.
        if !keys.is_still(&focus)? {
            return Ok(None);
        }
        let place = Place { client: focus.client, pid: focus.pid, what };
        self.note_title(&place, title);
        Ok(Some(place))
    }

    async fn typeable(&mut self, focus: Focus, title: &str) -> Option<Typeable> {
        match Terminal::of(focus.pid) {
            Terminal::Shows(number) => Some(Typeable::Terminal(number)),
            Terminal::Silent => None,
            Terminal::None => {
                let Field { owner, path, is_multi_line } = self.field(focus.pid, title).await?;
                Some(Typeable::Field { owner, path, is_multi_line })
            }
        }
    }

    async fn field(&mut self, pid: u32, title: &str) -> Option<Field> {
        if self.tree.is_none() && Instant::now() >= self.tree_at {
            self.tree = accessibility_watch::open(self.display).await.ok();
            (self.fields, self.tree_at) = (Fields::default(), Instant::now() + AGAIN);
        }
        match self.tree.as_ref()?.ordinary_field(pid, title, &mut self.fields).await {
            Ok(field) => field,
            Err(error) => {
                if error.is_end() {
                    self.tree = None;
                }
                None
            }
        }
    }

    fn note_title(&mut self, place: &Place, title: String) {
        if self.titles.back().is_some_and(|known| known.0 == *place && known.1 == title) {
            return;
        }
        self.titles.retain(|(known, _)| known != place);
        if self.titles.len() == MAX_TITLES {
            self.titles.pop_front();
        }
        self.titles.push_back((place.clone(), title));
    }

    /// The title of the window that a place was found in.
    pub fn title(&self, place: &Place) -> &str {
        self.titles.iter().find(|(known, _)| known == place).map_or("", |(_, title)| title)
    }
}
