//! The program for a page: what `stamp`, `explain` and `plan` say of the texts of two editors.
//!
//! Takes texts and the words of flags from JavaScript; gives what [`restamp::Texts`] makes of them. Computes nothing of its
//! own, and opens nothing: a browser has neither files nor streams.

use restamp::Texts;
use restamp::settings::Layer;
use restamp::text::source::Source;
use wasm_bindgen::prelude::wasm_bindgen;

/// What the texts are called in messages.
const OLD: &str = "old.yaml";
const NEW: &str = "new.yaml";
const CONFIG: &str = "config.yaml";

/// What is said of the texts of the editors.
#[wasm_bindgen]
pub struct Page(Texts);

/// What `stamp` prints of one text.
#[wasm_bindgen(getter_with_clone)]
pub struct Stamped {
    /// The text; absent if there is an error.
    pub text: Option<String>,
    /// The lines of it that are new, from 1.
    pub lines: Vec<u32>,
    /// The findings as JSON.
    pub findings: String,
}

impl From<restamp::Stamped> for Stamped {
    fn from(stamped: restamp::Stamped) -> Self {
        let lines = stamped.lines.into_iter().filter_map(|line| line.try_into().ok()).collect();
        Self { text: stamped.text, lines, findings: stamped.findings }
    }
}

#[wasm_bindgen]
impl Page {
    /// Decides for the texts. Words of flags that are none are left out, as an empty one is.
    #[wasm_bindgen(constructor)]
    pub fn new(
        old: Option<String>,
        new: String,
        config: Option<String>,
        select: &str,
        precision: &str,
        effect: &str,
        producers: &str,
    ) -> Self {
        let flags = Layer {
            select: select.parse().ok(),
            precision: precision.parse().ok(),
            effect: effect.parse().ok(),
            producers: producers.parse().ok(),
            ..Layer::default()
        };
        let source = |name| move |text| Source::new(name, text);
        let config = config.map(source(CONFIG));
        Self(Texts::new(old.map(source(OLD)), source(NEW)(new), flags, config.as_ref()))
    }

    /// `restamp stamp --format json new.yaml`
    pub fn stamp(&mut self) -> Stamped {
        self.0.stamp().into()
    }

    /// The same of `old.yaml`.
    #[wasm_bindgen(js_name = stampOld)]
    pub fn stamp_old(&mut self) -> Option<Stamped> {
        self.0.stamp_old().map(Stamped::from)
    }

    /// `restamp explain --format json new.yaml`
    pub fn explain(&self) -> Option<String> {
        self.0.explain()
    }

    /// `restamp plan --format json old.yaml new.yaml`
    pub fn plan(&self) -> Option<String> {
        self.0.plan()
    }
}

/// Whether a text holds a Secret, or what might be one.
#[wasm_bindgen]
pub fn hides(text: &str) -> bool {
    restamp::hides(text)
}
