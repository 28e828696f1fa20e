//! Settings → the text of a functionConfig: `restamp baseline` writes what it was run with.
//!
//! Takes settings, gives a text of its own, or one that is there with other values in their places. What is written is read
//! back as the same settings. Never reads or writes a file.

use crate::kube::annotation::Names;
use crate::kube::reference::{Place, Places};
use crate::settings::labels::{Requirement, Test};
use crate::settings::selector::{Filter, Selector};
use crate::settings::{Counted, Effect, Layer, Missing, Mode, PlanLimits, PodTemplate, Precision, Select, Settings};
use crate::text::geometry::Geometry;
use crate::yaml::{self, Arena, Documents, Ref, Style};
use glob::Pattern;
use serde_json::{Map, Value, json};
use std::ops::Range;

/// The words of settings that are one of few.
const WORDS: [&[&str]; 6] =
    [Select::WORDS, Precision::WORDS, Missing::WORDS, Effect::WORDS, Mode::WORDS, Counted::WORDS];

/// The field that holds the stamps which a workload may lack: always written.
const BASELINE: &str = "baseline";

impl Settings {
    /// The fields that are not as without settings, and the baseline.
    fn own_fields(&self) -> Vec<(String, Value)> {
        let default = Self::default().fields();
        let fields = self.fields().into_iter().zip(default);
        fields
            .filter(|((name, value), (_, usual))| name == BASELINE || value != usual)
            .map(|(field, _)| field)
            .collect()
    }

    /// The text of a functionConfig that says the same.
    pub(crate) fn to_yaml(&self) -> String {
        let fields = self.own_fields().into_iter();
        let fields: String = fields.map(|(name, value)| format!("  {}\n", block(&name, &value, "\n", 2))).collect();
        format!("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nmetadata:\n  name: restamp\nspec:\n{fields}")
    }

    /// The same as JSON.
    pub(crate) fn to_json(&self) -> String {
        let spec: Map<String, Value> = self.own_fields().into_iter().collect();
        let config = json!({
            "apiVersion": "restamp.dev/v1alpha1", "kind": "Restamp", "metadata": { "name": "restamp" }, "spec": spec,
        });
        format!("{config:#}\n")
    }

    /// The text of a functionConfig with these settings in place of its own, where it says something else: all other bytes
    /// stay. `None` if its form does not allow that.
    pub(crate) fn put_into(&self, text: &str) -> Option<String> {
        let mut out = text.to_owned();
        loop {
            let there = Self::from_layers(&[Layer::parse(&out).ok()?]).fields();
            let mut differ = self.fields().into_iter().zip(there).filter(|(own, there)| own != there);
            let Some(((name, value), _)) = differ.next() else { return Some(out) };
            let left = differ.count();
            let (range, new) = place(&out, &name, &value)?;
            out.replace_range(range, &new);
            // Each step settles one field.
            let now = Self::from_layers(&[Layer::parse(&out).ok()?]).fields();
            if self.fields().into_iter().zip(now).filter(|(own, there)| own != there).count() != left {
                return None;
            }
        }
    }
}

/// Which bytes of a functionConfig a field takes, and what stands there then.
fn place(text: &str, name: &str, value: &Value) -> Option<(Range<usize>, String)> {
    let mut arena = Arena::default();
    for chunk in yaml::chunks(text).all {
        let base = chunk.range.start;
        let mut documents = Documents::new(&text[chunk.range.clone()], &chunk);
        let tree = documents.next(&mut arena)?.ok()?;
        let root = tree.roots().next().filter(|root| !root.is_null());
        if let Some(root) = root {
            let (range, new) = in_root(root, name, value)?;
            return Some((range.start + base..range.end + base, new));
        }
    }
    None
}

fn in_root(root: Ref<'_>, name: &str, value: &Value) -> Option<(Range<usize>, String)> {
    let of_texts = root.get("kind").and_then(Ref::text) == Some("ConfigMap");
    let body = if of_texts { "data" } else { "spec" };
    // The values of a ConfigMap are strings that hold the real ones.
    let value = match value {
        Value::String(_) => value.clone(),
        _ if of_texts => Value::String(value.to_string()),
        _ => value.clone(),
    };
    match entry(root, body) {
        Some((_, map)) if !map.is_null() => in_map(map, name, &value),
        _ => in_map(root, body, &json!({ name: value })),
    }
}

fn in_map(map: Ref<'_>, name: &str, value: &Value) -> Option<(Range<usize>, String)> {
    let text = Geometry { text: map.tree().text() };
    let flow = format!("{}: {value}", Value::from(name));
    if map.style() == Style::Flow {
        return Some(match (entry(map, name), map.entries().last()) {
            (Some((key, old)), _) => (key.start()..old.end().max(key.end()), flow),
            (None, Some((_, last))) => (last.end()..last.end(), format!(", {flow}")),
            (None, None) => (map.start() + 1..map.start() + 1, flow),
        });
    }
    let (column, newline) = (text.column(map.start()), text.newline(map.start()));
    let new = block(name, value, newline, column);
    if let Some((key, old)) = entry(map, name) {
        let end = old.end().max(key.end() + 1);
        // A block scalar holds the line break at its end.
        let end = end - (text.text[..end].len() - text.text[..end].trim_end().len());
        return Some((key.start()..end, new));
    }
    let at = text.after_line(map.end());
    let lead = if text.line_start(at) == at { "" } else { newline };
    Some((at..at, format!("{lead}{}{new}{newline}", " ".repeat(column))))
}

/// A field of a mapping as it is written; null where it has a key alone.
fn entry<'t>(map: Ref<'t>, name: &str) -> Option<(Ref<'t>, Ref<'t>)> {
    map.entries().find(|(key, _)| key.text() == Some(name))
}

/// A field in block style at a column: of a list of words each on a line.
fn block(name: &str, value: &Value, newline: &str, column: usize) -> String {
    match value.as_array() {
        Some(items) if name == BASELINE && !items.is_empty() => {
            let lines = items.iter().map(|item| format!("{newline}{}- {item}", " ".repeat(column)));
            format!("{name}:{}", lines.collect::<String>())
        }
        _ => format!("{name}: {}", plain(value)),
    }
}

/// A value on one line; one word without quotes.
fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(word) if WORDS.iter().any(|words| words.contains(&word)) => word.to_owned(),
        _ => value.to_string(),
    }
}

/// A value as a functionConfig has it.
pub(super) trait Written {
    fn written(&self) -> Value;
}

macro_rules! as_they_are {
    ($($type:ty),*) => {$(
        impl Written for $type {
            fn written(&self) -> Value {
                json!(self)
            }
        }
    )*};
}

as_they_are!(String, bool, Vec<String>, Select, Precision, Missing, Effect, Mode, Counted);

impl Written for Places {
    fn written(&self) -> Value {
        Place::ALL.into_iter().filter(|&place| self.contains(place)).map(Place::as_str).collect()
    }
}

impl Written for Vec<Pattern> {
    fn written(&self) -> Value {
        self.iter().map(Pattern::as_str).collect()
    }
}

impl Written for Filter {
    fn written(&self) -> Value {
        json!({ "include": selectors(&self.include), "exclude": selectors(&self.exclude) })
    }
}

impl Written for PlanLimits {
    fn written(&self) -> Value {
        let mut out = json!({ "protected": selectors(&self.protected) });
        if let Some(most) = self.max_rolls {
            out["maxRolls"] = most.into();
        }
        out
    }
}

impl Written for Vec<PodTemplate> {
    fn written(&self) -> Value {
        let one = |t: &PodTemplate| {
            let mut row = json!({ "group": t.group, "kind": t.kind, "path": t.shown_path() });
            if t.partial {
                row["partial"] = json!(true);
            }
            row
        };
        self.iter().map(one).collect()
    }
}

impl Written for Names {
    /// The words whose keys are not Reloader's own.
    fn written(&self) -> Value {
        let own = Self::default();
        let all = Self::WORDS.into_iter().zip(self.iter().zip(own.iter()));
        let renamed =
            all.filter(|(_, (key, own))| key != own).map(|(word, ((_, key), _))| (word.to_owned(), json!(key)));
        Value::Object(renamed.collect())
    }
}

fn selectors(selectors: &[Selector]) -> Value {
    selectors.iter().map(selector).collect()
}

fn selector(selector: &Selector) -> Value {
    let Selector { group, kind, name, namespace, labels } = selector;
    let globs = [("group", group), ("kind", kind), ("name", name), ("namespace", namespace)];
    let globs = globs.into_iter().filter_map(|(word, glob)| Some((word.to_owned(), json!(glob.as_ref()?.as_str()))));
    let mut out: Map<String, Value> = globs.collect();
    if !labels.is_empty() {
        out.insert("labelSelector".to_owned(), labels.iter().map(requirement).collect::<Vec<_>>().join(", ").into());
    }
    Value::Object(out)
}

/// One requirement in the grammar of `kubectl -l`.
fn requirement(Requirement { key, test, negated }: &Requirement) -> String {
    match test {
        Test::Any => format!("{}{key}", if *negated { "!" } else { "" }),
        Test::OneOf(values) => format!("{key} {} ({})", if *negated { "notin" } else { "in" }, values.join(", ")),
        Test::Above(bound) => format!("{key} > {bound}"),
        Test::Below(bound) => format!("{key} < {bound}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::labels::parse_labels;

    const STAMP: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn read(text: &str) -> Settings {
        Settings::from_layers(&[Layer::parse(text).unwrap_or_else(|error| panic!("{text}{error}"))])
    }

    /// Settings that differ from the default in each field.
    fn full() -> Settings {
        let keyed = "hmac-sha256:01234567:".to_owned() + &STAMP[7..];
        read(&format!(
            "apiVersion: restamp.dev/v1alpha1
kind: Restamp
spec:
  select: all
  annotation: example.com/hash
  precision: keys
  places: [env, imagePullSecrets]
  missing: error
  external: ['*-issued', 'true', a]
  requireSelected: true
  workloads: {{include: [{{namespace: 'a*'}}], exclude: [{{kind: CronJob, name: 'x-*'}}]}}
  configs:
    exclude:
    - {{kind: Secret, group: '', labelSelector: 'a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1,m<2,n='}}
  podTemplates: [{{group: g, kind: Kind, path: 'spec.sets[].x.*.template', partial: true}}, {{group: '', kind: Other, path: a}}]
  annotationNames: {{auto: example.com/auto}}
  namespace: '1'
  effect: restart
  baseline: [{STAMP}, {keyed}]
  mode: check
  producers: ignore
  secrets: ignore
  keyEnv: RESTAMP_KEY
  plan: {{maxRolls: 0, protected: [{{kind: StatefulSet}}]}}
"
        ))
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let default = Settings::default().fields();
        let all = full();
        assert!(all.fields().into_iter().zip(default).all(|(own, usual)| own != usual));
        for settings in [Settings::default(), all] {
            assert_eq!(read(&settings.to_yaml()), settings);
            assert_eq!(read(&settings.to_json()), settings);
        }
    }

    #[test]
    fn label_selectors_keep_their_meaning() {
        for text in ["a", "!a", "a=b", "a!=b", "a in (b, c)", "a in ()", "a notin (b)", "a>1", "a<1", "a="] {
            let requirements = parse_labels(text).unwrap();
            let written: Vec<String> = requirements.iter().map(requirement).collect();
            assert_eq!(parse_labels(&written.join(", ")), Ok(requirements), "{text}");
        }
    }

    #[test]
    fn other_bytes_of_a_file_stay() {
        let head = "apiVersion: restamp.dev/v1alpha1\nkind: Restamp\n";
        let one = format!("baseline:\n  - \"{STAMP}\"");
        let wanted = Settings { select: Select::All, baseline: vec![STAMP.to_owned()], ..Settings::default() };
        for (before, after) in [
            ("spec:\n  select: all # why\n".to_owned(), format!("spec:\n  select: all # why\n  {one}\n")),
            ("spec:\n  select: all".to_owned(), format!("spec:\n  select: all\n  {one}\n")),
            (
                "spec:\n  # one\n  baseline: # two\n  - sha256:X\n  # three\n  select: annotated\n"
                    .replace("sha256:X", STAMP),
                format!("spec:\n  # one\n  baseline: # two\n  - {STAMP}\n  # three\n  select: all\n"),
            ),
            (
                "spec:\n  baseline:\n    - sha256:X\n    - sha256:Y\n  select: all # x\n"
                    .replace("sha256:Y", STAMP)
                    .replace("sha256:X", &STAMP.replace('0', "1")),
                format!("spec:\n  {one}\n  select: all # x\n"),
            ),
            ("spec: {select: all}\n".to_owned(), format!("spec: {{select: all, \"baseline\": [\"{STAMP}\"]}}\n")),
            (
                "spec: {baseline: [], select: all}\n".to_owned(),
                format!("spec: {{\"baseline\": [\"{STAMP}\"], select: all}}\n"),
            ),
            ("spec: {}\n".to_owned(), format!("spec: {{\"select\": \"all\", \"baseline\": [\"{STAMP}\"]}}\n")),
            ("spec:\n".to_owned(), format!("spec: {{\"select\":\"all\", \"baseline\": [\"{STAMP}\"]}}\n")),
            (String::new(), format!("spec: {{\"select\":\"all\", \"baseline\": [\"{STAMP}\"]}}\n")),
        ] {
            let new = wanted.put_into(&format!("{head}{before}"));
            assert_eq!(new, Some(format!("{head}{after}")));
            assert_eq!(read(&new.unwrap()), wanted);
        }
        let json = r#"{"apiVersion": "restamp.dev/v1alpha1", "kind": "Restamp", "spec": {"select": "all"}}"#;
        let new = wanted.put_into(json).unwrap();
        assert!(serde_json::from_str::<Value>(&new).is_ok() && read(&new) == wanted);
        let texts = "apiVersion: v1\r\nkind: ConfigMap\r\ndata:\r\n  select: all\r\n";
        let new = wanted.put_into(texts).unwrap();
        assert!(new.starts_with(texts) && new.ends_with("\r\n") && read(&new) == wanted, "{new}");
        assert_eq!(full().put_into("apiVersion: v1\nkind: ConfigMap\n").map(|new| read(&new)), Some(full()));
        // Behind an alias nothing is changed by half.
        let alias = format!("{head}metadata: {{annotations: &a {{select: all}}}}\nspec: *a\n");
        assert_eq!(wanted.put_into(&alias), None);
    }
}
