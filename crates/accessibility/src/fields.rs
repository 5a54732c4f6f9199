//! The ordinary field that has the keyboard. Where anything is in doubt there is none.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::object::{Budget, Object, Sought};
use crate::roles::{Role, States};
use crate::secrets::names_a_secret;
use crate::tree::{Tree, TreeError};

/// How long one look may take.
const LOOK: Duration = Duration::from_millis(800);
/// A program whose active window is not known is asked for it again after this.
const AGAIN: Duration = Duration::from_millis(500);
/// How often it is looked whether a window has a field for passwords.
const PASSWORDS: Duration = Duration::from_secs(1);
/// Windows of a program that are looked at.
const MAX_WINDOWS: usize = 32;
/// What has the keyboard, and fields for passwords, in one window: of more it is not known.
const MAX_FOUND: usize = 8;
/// How deep a field may lie.
const MAX_DEPTH: usize = 256;
/// Windows and pages that have had fields for passwords.
const MAX_GUARDED: usize = 1_024;

/// A field, as long as it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its program's name on the bus.
    pub owner: String,
    /// Its path there.
    pub path: String,
    /// Whether it takes more than one line, so that Enter goes nowhere else.
    pub is_multi_line: bool,
}

/// What is known of the fields of a session.
#[derive(Debug, Default)]
pub struct Fields {
    /// The active window of this process.
    window: Option<(u32, Object)>,
    /// What has the keyboard there, and the page or window that it is in.
    focused: Option<(Object, Object)>,
    /// Nothing is asked before.
    window_at: Option<Instant>,
    passwords_at: Option<Instant>,
    /// Pages, and windows outside of pages, that had a field for passwords: one that shows what is typed may still be that field.
    guarded: BTreeSet<Object>,
    /// So many that not all of them are known.
    all_guarded: bool,
}

impl Fields {
    fn guard(&mut self, page: Object) {
        if self.guarded.len() < MAX_GUARDED {
            self.guarded.insert(page);
        } else {
            self.all_guarded |= !self.guarded.contains(&page);
        }
    }

    fn is_guarded(&self, page: &Object) -> bool {
        self.all_guarded || self.guarded.contains(page)
    }
}

impl Tree {
    /// The ordinary field of a process that has the keyboard, in its active window of this title, where it certainly is one: it says that text is typed into it, and is
    /// called nothing that sounds like a secret; and neither it nor any other in its page (or its window, outside of pages) has been a
    /// field for passwords, as far as it was looked.
    ///
    /// # Errors
    /// If it is not known.
    pub async fn ordinary_field(&self, pid: u32, title: &str, fields: &mut Fields) -> Result<Option<Field>, TreeError> {
        let budget = self.budget(Instant::now() + LOOK, 0);
        let Some(window) = self.active_window(&budget, (pid, title), fields).await? else { return Ok(None) };
        let mut known = None;
        if let Some((object, page)) = fields.focused.take() {
            known = ordinary(&budget, &object).await?.map(|states| (object, page, states));
        }
        let (object, page, states) = match known {
            Some(known) if !are_passwords_due(fields) => known,
            known => {
                let found = match known {
                    Some((object, page, _)) => Some((object, page)),
                    // What is new may be on another page.
                    None => find_focused(&budget, &window).await?,
                };
                look_for_passwords(&budget, &window, fields).await?;
                let Some((object, page)) = found else { return Ok(None) };
                let Some(states) = ordinary(&budget, &object).await? else { return Ok(None) };
                (object, page, states)
            }
        };
        if fields.is_guarded(&page) {
            return Ok(None);
        }
        let (owner, path) = (object.name.clone(), object.path.clone());
        let field = Field { owner, path, is_multi_line: states.is_multi_line() };
        fields.focused = Some((object, page));
        Ok(Some(field))
    }

    /// The one window of a process that says that it is used now; where none does (Chromium's do not), the one that can be seen of this title.
    async fn active_window(
        &self,
        budget: &Budget<'_>,
        (pid, title): (u32, &str),
        fields: &mut Fields,
    ) -> Result<Option<Object>, TreeError> {
        let known = fields.window.take().filter(|(of, _)| *of == pid).map(|(_, window)| window);
        if let Some(window) = &known
            && budget.states(window).await.is_ok_and(|states| states.is_active())
        {
            fields.window = Some((pid, window.clone()));
            return Ok(known);
        }
        let now = Instant::now();
        if known.is_none() && fields.window_at.is_some_and(|at| now < at) {
            fields.focused = None;
            return Ok(None);
        }
        fields.window_at = Some(now + AGAIN);
        let (mut active, mut called) = (Vec::new(), Vec::new());
        for program in self.programs(budget.until).await?.into_iter().filter(|program| program.pid == pid) {
            for window in budget.children(&program.root, MAX_WINDOWS).await? {
                let states = budget.states(&window).await?;
                if states.is_active() {
                    active.push(window);
                } else if states.is_showing() && !title.is_empty() && budget.name(&window).await? == title {
                    called.push(window);
                }
            }
        }
        let mut found = if active.is_empty() { called } else { active };
        let only = if found.len() == 1 { found.pop() } else { None };
        // One that is known by its title alone is looked for each time: another may be called the same by now.
        if only != known {
            (fields.focused, fields.passwords_at) = (None, None);
        }
        if let Some(window) = &only {
            (fields.window, fields.window_at) = (Some((pid, window.clone())), None);
        }
        Ok(only)
    }
}

/// What has the keyboard in a window, where that is one ordinary field with no suspicious name; and the page or window that it is in.
async fn find_focused(budget: &Budget<'_>, window: &Object) -> Result<Option<(Object, Object)>, TreeError> {
    let found = budget.find(Sought::Focused, window, MAX_FOUND).await?;
    let mut fields = Vec::new();
    for object in &found {
        if budget.role(object).await? == Role::PASSWORD {
            return Ok(None);
        }
        if ordinary(budget, object).await?.is_some() {
            fields.push(object.clone());
        }
    }
    let only = if fields.len() == 1 && found.len() < MAX_FOUND { fields.pop() } else { None };
    match only {
        Some(object) if !names_a_secret(&budget.name(&object).await?) => {
            let page = page_of(budget, &object, window).await?;
            Ok(Some((object, page)))
        }
        _ => Ok(None),
    }
}

/// The states of what has the keyboard, where it is an ordinary field.
async fn ordinary(budget: &Budget<'_>, object: &Object) -> Result<Option<States>, TreeError> {
    let (role, states) = tokio::try_join!(budget.role(object), budget.states(object))?;
    let is_one = role.is_ordinary_field() && states.is_focused() && states.is_editable() && states.is_showing();
    Ok(is_one.then_some(states))
}

/// The outermost page that an object is in, else its window.
async fn page_of(budget: &Budget<'_>, object: &Object, window: &Object) -> Result<Object, TreeError> {
    let (mut page, mut at) = (window.clone(), object.clone());
    for _ in 0..MAX_DEPTH {
        if at == *window {
            return Ok(page);
        }
        if budget.role(&at).await?.is_page() {
            page = at.clone();
        }
        at = budget.parent(&at).await?.ok_or(TreeError::Nonsense)?;
    }
    Err(TreeError::TooMuch)
}

/// Whether it is time to look for fields for passwords.
fn are_passwords_due(fields: &Fields) -> bool {
    fields.passwords_at.is_none_or(|at| at <= Instant::now())
}

/// Notes the pages in a window that have fields for passwords.
async fn look_for_passwords(budget: &Budget<'_>, window: &Object, fields: &mut Fields) -> Result<(), TreeError> {
    let now = Instant::now();
    // Where it fails it is looked again at once.
    fields.passwords_at = None;
    let passwords = budget.find(Sought::OfRole(Role::PASSWORD), window, MAX_FOUND).await?;
    for password in &passwords {
        fields.guard(page_of(budget, password, window).await?);
    }
    if passwords.len() == MAX_FOUND {
        // More of them may lie elsewhere.
        return Err(TreeError::TooMuch);
    }
    fields.passwords_at = Some(now + PASSWORDS);
    Ok(())
}
