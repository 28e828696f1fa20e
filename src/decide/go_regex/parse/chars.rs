//! What stands for a character in Go's grammar: a class in brackets or with a name, and what is written behind a backslash.
//!
//! Takes the text of a parser from where it stands, adds to its program, or gives Go's reason why not.

use super::{BAD_ESCAPE, BAD_RANGE, MISSING_BRACKET, Parser, Result, TRAILING_BACKSLASH, fault};
use crate::decide::go_regex::class::{self, Named, between, folded, negated};
use std::collections::BTreeMap;

impl Parser<'_> {
    /// `\pN`, `\p{Name}`, `\d` and the like, if one begins here.
    pub(super) fn named_class(&mut self) -> Result<Option<Named>> {
        let (start, rest) = (self.at, self.rest());
        let Some(letter) = rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) else { return Ok(None) };
        if let Some(class) = class::perl(letter.to_ascii_lowercase()) {
            self.at += 2;
            return Ok(Some(class.negated(letter.is_ascii_uppercase())));
        }
        if !matches!(letter, 'p' | 'P') {
            return Ok(None);
        }
        self.at += 2;
        let name = if self.eat("{") {
            let Some((name, _)) = self.rest().split_once('}') else { return fault(BAD_RANGE, rest) };
            self.at += name.len() + 1;
            name
        } else {
            let name = self.at;
            self.next();
            self.since(name)
        };
        let (name, is_inverse) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
        match class::property(name) {
            Some(class) => Ok(Some(class.negated(is_inverse != (letter == 'P')))),
            None => fault(BAD_RANGE, self.since(start)),
        }
    }

    /// The code point that is meant behind a backslash.
    pub(super) fn escape(&mut self, start: usize) -> Result<u32> {
        let Some(c) = self.next() else { return fault(TRAILING_BACKSLASH, "") };
        let is_octal = |c: char| c.is_digit(8);
        match c {
            // A single digit would refer to a group.
            '0'..='7' if c == '0' || self.peek().is_some_and(is_octal) => {
                let digits = self.rest().bytes().take(2).take_while(|&b| is_octal(b.into())).count();
                let digits = &self.text[self.at - 1..self.at + digits];
                self.at += digits.len() - 1;
                return Ok(u32::from_str_radix(digits, 8).unwrap_or_default());
            }
            'x' => {
                if let Some(code) = self.hexadecimal() {
                    return Ok(code);
                }
            }
            'a' => return Ok(7),
            'f' => return Ok(12),
            'n' => return Ok(10),
            'r' => return Ok(13),
            't' => return Ok(9),
            'v' => return Ok(11),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => return Ok(c.into()),
            _ => {}
        }
        fault(BAD_ESCAPE, self.since(start))
    }

    /// Behind `\x`: two digits, or any number of them in braces.
    fn hexadecimal(&mut self) -> Option<u32> {
        let first = self.next()?;
        if first != '{' {
            // Go reads both before it looks at them.
            let second = self.next()?;
            return Some(first.to_digit(16)? * 16 + second.to_digit(16)?);
        }
        let (start, mut code) = (self.at, 0);
        loop {
            match self.next()? {
                '}' => return (self.at > start + 1).then_some(code),
                c => code = code * 16 + c.to_digit(16)?,
            }
            if code > char::MAX.into() {
                return None;
            }
        }
    }

    /// Behind `[`.
    pub(super) fn class(&mut self, start: usize) -> Result<()> {
        let is_negated = self.eat("^");
        let flags = self.flags;
        // Those with a name have their other cases already; each counts once.
        let (mut ranges, mut whole) = (Vec::new(), BTreeMap::new());
        let mut is_first = true;
        while is_first || !self.rest().starts_with(']') {
            is_first = false;
            let item = self.at;
            let named = match self.posix_class()? {
                Some(named) => Some(named),
                None => self.named_class()?,
            };
            match named {
                Some(named) => drop(whole.insert(named.key(), named)),
                None => {
                    let first = self.class_char(start)?;
                    // A `-` before the end is one.
                    let is_range = !self.rest().starts_with("-]") && self.rest().len() > 1 && self.eat("-");
                    let last = if is_range { self.class_char(start)? } else { first };
                    if last < first {
                        return fault(BAD_RANGE, self.since(item));
                    }
                    ranges.extend(between(first, last));
                }
            }
        }
        self.next();
        if let [(first, last)] = ranges[..]
            && first == last
            && whole.is_empty()
            && !is_negated
        {
            return self.literal(first.into());
        }
        let class = class::of(ranges);
        let mut class = if flags.fold { folded(class) } else { class };
        whole.values().for_each(|named| class.union(&named.class(flags.fold)));
        self.push_class(if is_negated { negated(class) } else { class })
    }

    fn class_char(&mut self, class: usize) -> Result<u32> {
        let start = self.at;
        match self.next() {
            None => fault(MISSING_BRACKET, &self.text[class..]),
            Some('\\') => self.escape(start),
            Some(c) => Ok(c.into()),
        }
    }

    /// `[:alpha:]` or `[:^alpha:]`, if one begins here.
    fn posix_class(&mut self) -> Result<Option<Named>> {
        let start = self.at;
        let Some(inside) = self.rest().strip_prefix("[:") else { return Ok(None) };
        // It is looked for once, however many begin before it.
        if self.posix_end < start + 2 {
            self.posix_end = inside.find(":]").map_or(usize::MAX, |at| start + 2 + at);
        }
        let Some(name) = self.text.get(start + 2..self.posix_end) else { return Ok(None) };
        self.at = self.posix_end + 2;
        let (name, is_negated) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
        match class::posix(name) {
            Some(class) => Ok(Some(class.negated(is_negated))),
            None => fault(BAD_RANGE, self.since(start)),
        }
    }
}
