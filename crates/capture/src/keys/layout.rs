//! What keys type, by the display's keyboard mapping as the core protocol gives it: two groups with up to four levels each.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, KeyButMask};
use xkeysym::Keysym;

use crate::connection::Link;
use crate::desktop::lost;
use crate::error::ExchangeError;

/// Where the modifiers' rows begin that have no fixed meaning.
const FIRST_FREE_MODIFIER: usize = 3;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Struck {
    /// It types this.
    Text(char),
    /// It is put over the next one (a dead key), as a combining mark.
    Mark(char),
    /// Backspace.
    Erase,
    /// Return, or Enter.
    Enter,
    /// It does something else, or nobody knows what.
    Other,
}

/// A keyboard's mapping.
#[derive(Debug, Default)]
pub(super) struct Layout {
    first: u8,
    per_key: usize,
    keysyms: Vec<u32>,
    /// The modifier that chooses the third and fourth level, and the one that makes figures of the keypad's keys.
    third_level: u16,
    num_lock: u16,
}

impl Layout {
    pub(super) fn read(link: &Link) -> Result<Self, ExchangeError> {
        let doing = "the keyboard's mapping";
        let (first, last) = (link.conn.setup().min_keycode, link.conn.setup().max_keycode);
        let count = last.saturating_sub(first).saturating_add(1);
        let asked = link.conn.get_keyboard_mapping(first, count).map_err(|error| lost(doing, error))?;
        let mapping = link.reply(doing, asked)?;
        let asked = link.conn.get_modifier_mapping().map_err(|error| lost(doing, error))?;
        let modifiers = link.reply(doing, asked)?;
        let per_key = usize::from(mapping.keysyms_per_keycode);
        let mut layout = Self { first, per_key, keysyms: mapping.keysyms, ..Self::default() };
        let per_modifier = modifiers.keycodes.len() / 8;
        for (row, codes) in modifiers.keycodes.chunks(per_modifier.max(1)).enumerate().skip(FIRST_FREE_MODIFIER) {
            let keysyms: Vec<u32> = codes.iter().filter_map(|code| layout.row(*code)).flatten().copied().collect();
            let mask = 1_u16.checked_shl(u32::try_from(row).unwrap_or(u32::MAX)).unwrap_or_default();
            for keysym in keysyms {
                match Keysym::from(keysym) {
                    Keysym::ISO_Level3_Shift | Keysym::Mode_switch => layout.third_level |= mask,
                    Keysym::Num_Lock => layout.num_lock |= mask,
                    _ => {}
                }
            }
        }
        Ok(layout)
    }

    fn row(&self, code: u8) -> Option<&[u32]> {
        let at = usize::from(code.checked_sub(self.first)?) * self.per_key;
        self.keysyms.get(at..at + self.per_key)
    }

    /// What a key does while these modifiers are held; `None`: it is one itself.
    pub(super) fn read_key(&self, code: u8, state: u16) -> Option<Struck> {
        let Some(row) = self.row(code) else { return Some(Struck::Other) };
        let plain = Keysym::from(row.first().copied().unwrap_or_default());
        if plain.is_modifier_key() || matches!(plain, Keysym::Num_Lock | Keysym::Mode_switch | Keysym::Scroll_Lock) {
            return None;
        }
        let held = |mask: KeyButMask| state & u16::from(mask) != 0;
        let commands = u16::from(KeyButMask::CONTROL) | u16::from(KeyButMask::MOD1) | u16::from(KeyButMask::MOD4);
        let group = usize::from(state >> 13 & 3);
        if state & commands & !self.third_level != 0 || group > 1 {
            return Some(Struck::Other);
        }
        let first = if state & self.third_level != 0 { 4 } else { 0 } + 2 * group;
        let at = |level: usize| row.get(first + level).map(|keysym| Keysym::from(*keysym));
        let (Some(low), high) = (at(0), at(1).unwrap_or(Keysym::NoSymbol)) else { return Some(Struck::Other) };
        let is_shifted = held(KeyButMask::SHIFT);
        let is_figure = high.is_keypad_key() && state & self.num_lock != 0;
        let is_high = is_shifted != is_figure;
        let keysym = if is_high && high != Keysym::NoSymbol { high } else { low };
        let struck = struck(keysym);
        // Capitals are another key's only where the two are the same letter.
        Some(match (struck, self.other_case(low, high)) {
            (Struck::Text(_), Some((small, large))) => {
                Struck::Text(if is_shifted != held(KeyButMask::LOCK) { large } else { small })
            }
            (struck, _) => struck,
        })
    }

    /// The two cases of a key's letter. Where only one stands there, the other is made of it.
    fn other_case(&self, low: Keysym, high: Keysym) -> Option<(char, char)> {
        let small = low.key_char()?;
        let large = if high == Keysym::NoSymbol { single(small.to_uppercase())? } else { high.key_char()? };
        (small != large && single(small.to_uppercase()) == Some(large)).then_some((small, large))
    }
}

fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next()?;
    letters.next().is_none().then_some(first)
}

fn struck(keysym: Keysym) -> Struck {
    match keysym {
        Keysym::Return | Keysym::KP_Enter | Keysym::ISO_Enter => Struck::Enter,
        Keysym::BackSpace => Struck::Erase,
        _ => match mark(keysym) {
            Some(mark) => Struck::Mark(mark),
            None => match keysym.key_char() {
                Some(text) if !text.is_control() => Struck::Text(text),
                _ => Struck::Other,
            },
        },
    }
}

/// The combining mark of a dead key.
fn mark(keysym: Keysym) -> Option<char> {
    Some(match keysym {
        Keysym::dead_grave => '\u{300}',
        Keysym::dead_acute => '\u{301}',
        Keysym::dead_circumflex => '\u{302}',
        Keysym::dead_tilde => '\u{303}',
        Keysym::dead_macron => '\u{304}',
        Keysym::dead_breve => '\u{306}',
        Keysym::dead_abovedot => '\u{307}',
        Keysym::dead_diaeresis => '\u{308}',
        Keysym::dead_hook => '\u{309}',
        Keysym::dead_abovering => '\u{30a}',
        Keysym::dead_doubleacute => '\u{30b}',
        Keysym::dead_caron => '\u{30c}',
        Keysym::dead_horn => '\u{31b}',
        Keysym::dead_belowdot => '\u{323}',
        Keysym::dead_cedilla => '\u{327}',
        Keysym::dead_ogonek => '\u{328}',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIFT: u16 = 1;
    const LOCK: u16 = 2;
    const CONTROL: u16 = 4;
    const NUM: u16 = 16;
    const THIRD: u16 = 128;
    const SECOND_GROUP: u16 = 1 << 13;

    #[test]
    fn keys_type_what_their_modifiers_make_of_them() {
        let row = |keysyms: [Keysym; 8]| keysyms.map(|keysym| keysym.raw());
        let none = Keysym::NoSymbol;
        let keysyms = [
            row([Keysym::a, Keysym::A, Keysym::Cyrillic_ef, Keysym::Cyrillic_EF, Keysym::ae, Keysym::AE, none, none]),
            row([Keysym::_1, Keysym::exclam, none, none, Keysym::onesuperior, none, none, none]),
            row([Keysym::KP_End, Keysym::KP_1, none, none, none, none, none, none]),
            row([Keysym::dead_acute, Keysym::dead_grave, none, none, none, none, none, none]),
            row([Keysym::Shift_L, none, none, none, none, none, none, none]),
            row([Keysym::Tab, Keysym::ISO_Left_Tab, none, none, none, none, none, none]),
            row([Keysym::q, none, none, none, none, none, none, none]),
        ];
        let layout = Layout { first: 8, per_key: 8, keysyms: keysyms.concat(), third_level: THIRD, num_lock: NUM };
        let text = |letter| Some(Struck::Text(letter));
        for (code, state, typed) in [
            (8, 0, text('a')),
            (8, SHIFT, text('A')),
            (8, LOCK, text('A')),
            (8, SHIFT | LOCK, text('a')),
            (8, SECOND_GROUP, text('ф')),
            (8, SECOND_GROUP | LOCK, text('Ф')),
            (8, THIRD, text('æ')),
            (8, THIRD | SHIFT, text('Æ')),
            (8, CONTROL, Some(Struck::Other)),
            (8, 2 * SECOND_GROUP, Some(Struck::Other)),
            (9, LOCK, text('1')),
            (9, SHIFT, text('!')),
            (9, THIRD, text('¹')),
            (10, 0, Some(Struck::Other)),
            (10, NUM, text('1')),
            (10, NUM | SHIFT, Some(Struck::Other)),
            (11, 0, Some(Struck::Mark('\u{301}'))),
            (11, SHIFT, Some(Struck::Mark('\u{300}'))),
            (12, 0, None),
            (13, 0, Some(Struck::Other)),
            (14, SHIFT, text('Q')),
            (99, 0, Some(Struck::Other)),
        ] {
            assert_eq!(layout.read_key(code, state), typed, "{code} with {state:x}");
        }
        assert_eq!(Layout::default().read_key(8, 0), Some(Struck::Other));
    }
}
