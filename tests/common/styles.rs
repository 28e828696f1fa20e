//! Texts of one meaning in many styles: workloads and ResourceLists with all that YAML allows on the way to an edit.

/// Decisions out of random bytes; zero, the plainest, when they run out.
pub(crate) struct Choices {
    bytes: std::vec::IntoIter<u8>,
    anchors: usize,
}

/// The pod spec of a workload in a list: one of its configs is not there, so that there is something to say.
const POD: &str =
    "{containers: [{name: a, image: b, envFrom: [{configMapRef: {name: c}}, {configMapRef: {name: x}}]}]}";
const HEAD: &str =
    "apiVersion: apps/v1, kind: Deployment, metadata: {name: web, annotations: {reloader.stakater.com/auto: 'true'}}";
const CONFIG: &str = "apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {k: v}";

/// A value to write.
enum Value {
    /// As it stands.
    Word(&'static str),
    /// Nothing, or a null.
    Null,
    Map(Vec<(&'static str, Self)>),
}

const STAMP: &str = "restamp.dev/config-hash";
const OLD: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

impl Choices {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes: bytes.into_iter(), anchors: 0 }
    }

    fn byte(&mut self) -> u8 {
        self.bytes.next().unwrap_or_default()
    }

    /// True once in `n` times.
    fn once_in(&mut self, n: u8) -> bool {
        self.byte() % n == n - 1
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()]
    }

    /// A stream with a Deployment that uses a ConfigMap.
    pub(crate) fn workload(&mut self) -> String {
        let annotations = self.annotations();
        let mut metadata = vec![];
        if !self.once_in(4) {
            metadata.push(("annotations", annotations));
        }
        if self.once_in(2) {
            metadata.push(("labels", Value::Map(vec![("app", Value::Word("web"))])));
        }
        if self.once_in(2) {
            metadata.reverse();
        }
        let metadata = if self.once_in(6) { Value::Null } else { Value::Map(metadata) };
        let mut template = vec![];
        if !self.once_in(6) {
            template.push(("metadata", metadata));
        }
        template
            .push(("spec", Value::Word("{containers: [{name: a, image: b, envFrom: [{configMapRef: {name: c}}]}]}")));
        if self.once_in(2) {
            template.reverse();
        }
        let spec = Value::Map(vec![("template", Value::Map(template))]);
        let mut out = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n---\n".to_owned();
        let flow = self.once_in(8);
        let object = vec![
            ("apiVersion", Value::Word("apps/v1")),
            ("kind", Value::Word("Deployment")),
            ("metadata", Value::Word("{name: web}")),
            ("spec", spec),
        ];
        match self.one(&[0, 0, 0, 1, 2]) {
            1 => {
                out += "kind: List\nitems:\n- ";
                self.block(&object, 2, &mut out);
            }
            2 => {
                out += "kind: List\napiVersion: v1\nitems:\n  -\n";
                self.noise(4, &mut out);
                out += "    ";
                self.block(&object, 4, &mut out);
            }
            _ if flow => self.flow(&object, 0, &mut out),
            _ => self.block(&object, 0, &mut out),
        }
        self.ended(out)
    }

    /// The same text with other line ends, or without its last one.
    fn ended(&mut self, mut out: String) -> String {
        if self.once_in(3) {
            out.truncate(out.trim_end_matches('\n').len());
        }
        match self.one(&["\n", "\n", "\r\n", "\r"]) {
            "\n" => out,
            newline => out.replace('\n', newline),
        }
    }

    fn annotations(&mut self) -> Value {
        if self.once_in(5) {
            return Value::Null;
        }
        let mut out = vec![];
        if self.once_in(2) {
            out.push(("a", Value::Word("b")));
        }
        if self.once_in(4) {
            out.push(("t", Value::Word("|+\n                x\n\n")));
        }
        if self.once_in(2) {
            out.push((STAMP, Value::Word("stamp")));
        }
        if self.once_in(4) {
            out.push(("z", Value::Word(">-\n")));
        }
        if self.once_in(3) {
            out.push(("y", Value::Word("\"1\"")));
        }
        if self.once_in(3) {
            out.reverse();
        }
        Value::Map(out)
    }

    /// Comments and blank lines.
    fn noise(&mut self, indent: usize, out: &mut String) {
        while self.once_in(3) {
            let indent = " ".repeat(indent);
            let line = self.one(&["", "  ", "# c", "\t", "I# why: x", "I    # deep", "I", "\t# tab", "# - d"]);
            *out += &line.replace('I', &indent);
            *out += "\n";
        }
    }

    fn properties(&mut self, map: bool) -> String {
        let tag = if map { "!!map" } else { "!!null" };
        self.anchors += 1;
        match self.byte() % 24 {
            20 => format!(" {tag}"),
            21 => format!(" &a{}", self.anchors),
            22 => format!(" &a{} {tag}", self.anchors),
            23 => format!(" {tag} &a{}", self.anchors),
            _ => String::new(),
        }
    }

    /// The end of a line that may hold a comment.
    fn line_end(&mut self, out: &mut String) {
        *out += self.one(&["", "", "", "", " ", "\t", " # c", "\t# c: {d", "  #"]);
        *out += "\n";
    }

    fn key(&mut self, name: &str) -> String {
        match self.byte() % 12 {
            9 => format!("\"{name}\""),
            10 => format!("'{name}'"),
            11 => {
                self.anchors += 1;
                format!("&k{} {name}", self.anchors)
            }
            _ => name.to_owned(),
        }
    }

    /// The entries of a block mapping; the text is at the place of the first key.
    fn block(&mut self, entries: &[(&'static str, Value)], indent: usize, out: &mut String) {
        for (i, (name, value)) in entries.iter().enumerate() {
            if i > 0 {
                self.noise(indent, out);
                *out += &" ".repeat(indent);
            }
            let key = self.key(name);
            if self.once_in(12) {
                *out += &format!("? {key}");
                self.line_end(out);
                self.noise(indent, out);
                *out += &format!("{}:", " ".repeat(indent));
            } else {
                *out += &format!("{key}{}:", self.one(&["", "", "", " ", "\t"]));
            }
            self.block_value(value, indent, out);
        }
    }

    fn block_value(&mut self, value: &Value, indent: usize, out: &mut String) {
        match value {
            Value::Word("stamp") => self.stamp(indent, out),
            Value::Word(word) => {
                *out += &format!(" {word}");
                if !word.ends_with('\n') {
                    self.line_end(out);
                }
            }
            Value::Null => {
                *out += &self.properties(false);
                *out += self.one(&["", "", " ~", " null", " {}", " {  }", "\t~", " { # c\n            }"]);
                self.line_end(out);
            }
            Value::Map(entries) if entries.is_empty() || self.once_in(4) => {
                *out += &self.properties(true);
                *out += " ";
                self.flow(entries, indent + 1, out);
                self.line_end(out);
            }
            Value::Map(entries) => {
                *out += &self.properties(true);
                self.line_end(out);
                let deeper = indent + self.one(&[2, 2, 2, 1, 4]);
                self.noise(deeper, out);
                if self.once_in(16) {
                    *out += &format!("{}&p{} !!map\n", " ".repeat(deeper), self.anchors);
                    self.anchors += 1;
                    self.noise(deeper, out);
                }
                *out += &" ".repeat(deeper);
                self.block(entries, deeper, out);
            }
        }
    }

    /// A stamp that is there, in some style.
    fn stamp(&mut self, indent: usize, out: &mut String) {
        let deep = " ".repeat(indent + 3);
        let value = match self.byte() % 24 {
            0..6 => format!(" \"{OLD}\""),
            6 => format!(" {OLD}"),
            7 => format!(" '{OLD}'"),
            8 => format!("\n{deep}{OLD}"),
            9 => format!(" |\n{deep}{OLD}\n"),
            10 => format!(" |-\n{deep}{OLD}\n\n"),
            11 => format!(" |+ # c\n{deep}{OLD}\n\n"),
            12 => " |\n".to_owned(),
            13 => " |+\n".to_owned(),
            14 => " >-\n".to_owned(),
            15 => " |+\n\n\n".to_owned(),
            16 => " |\n\n".to_owned(),
            17 => format!(" &s{} {OLD}", self.anchors),
            18 => format!(" !!str {OLD}"),
            19 => String::new(),
            20 => " !!str".to_owned(),
            21 => format!(" !!null &n{}", self.anchors),
            22 => format!(" >\n{deep}{OLD}\n  # less\n"),
            _ => " ~".to_owned(),
        };
        *out += &value;
        if !value.ends_with('\n') {
            self.line_end(out);
        }
    }

    fn flow(&mut self, entries: &[(&'static str, Value)], indent: usize, out: &mut String) {
        let line = format!("\n{}", " ".repeat(indent + 2));
        let comma = format!(",{line}");
        let commented = format!(" # c{line}");
        let tight = self.once_in(4);
        let blank = self.one(&["", " ", "", " ", &line, &commented, "\t", "  "]).to_owned();
        *out += "{";
        *out += &blank;
        for (i, (name, value)) in entries.iter().enumerate() {
            if i > 0 {
                *out += if tight { "," } else { self.one(&[", ", ", ", " , ", ",", &comma]) };
            }
            let quoted = tight || self.once_in(3);
            let key = if quoted { format!("\"{name}\"") } else { self.key(name) };
            if !quoted && self.once_in(16) {
                *out += "? ";
            }
            *out += &key;
            let colon = if tight { ":" } else { self.one(&[": ", ": ", " : ", ":\t"]) };
            match value {
                Value::Null if self.once_in(4) => {}
                Value::Null if self.once_in(3) => *out += ":",
                Value::Null => {
                    *out += colon;
                    let properties = self.properties(false);
                    if !properties.is_empty() {
                        // kubectl takes what touches a tag, and a comma behind that, for a part of it; the other reader does not.
                        *out += &format!("{} ", properties.trim_start());
                    }
                    *out += self.one(&[" ", "null", "~", "{}", "{ }"]);
                }
                Value::Word("stamp") => {
                    *out += colon;
                    *out += &match self.byte() % 6 {
                        0..3 => format!("\"{OLD}\""),
                        3 => format!("'{OLD}'"),
                        4 => OLD.to_owned(),
                        _ => format!("&s{} \"{OLD}\"", self.anchors),
                    };
                }
                Value::Word(word) if word.ends_with('\n') => *out += &format!("{colon}x"),
                Value::Word(word) => *out += &format!("{colon}{word}"),
                Value::Map(entries) => {
                    *out += colon;
                    let properties = self.properties(true);
                    if !properties.is_empty() {
                        *out += &format!("{} ", properties.trim_start());
                    }
                    self.flow(entries, indent + 1, out);
                }
            }
        }
        if !entries.is_empty() && self.once_in(4) {
            *out += ",";
        }
        *out += &blank;
        *out += "}";
    }

    /// A ResourceList with a workload that lacks its config, so that there is something to say.
    pub(crate) fn list(&mut self) -> String {
        let item = format!("{{{HEAD}, spec: {{template: {{spec: {POD}}}}}}}");
        let items = format!("[{item}, {{{CONFIG}}}]");
        let (blank, line) = (self.one(&["", " ", "\n  ", " # c\n  "]), "\n    ");
        let old = self.one(&["{message: x, severity: info}", "a", "'b'", "a: b", "[c]", "~", "&x d", "{a: b,}"]);
        let comma = self.one(&["", "", ",", " , ", " # c\n  ,"]);
        if self.once_in(6) {
            // In flow style all through, or JSON.
            let json = self.once_in(2);
            let results = self.one(&[
                "",
                "R: [OC]",
                "R: [B]",
                "R: null",
                "R: ~",
                "R:",
                "R",
                "R: !!null",
                "R: &a [O]",
                "R: [O B]",
            ]);
            let results = results.replace("OC", &format!("{old}{comma}")).replace('O', old).replace('B', blank);
            let mut parts = vec!["apiVersion: config.kubernetes.io/v1".to_owned(), "kind: ResourceList".to_owned()];
            parts.push(format!("items: {items}"));
            parts.push(results.replace('R', "results"));
            parts.retain(|p| !p.is_empty());
            if self.once_in(3) {
                parts.reverse();
            }
            let text = format!("{{{blank}{}{comma}{blank}}}\n", parts.join(", "));
            if json && let Ok(value) = serde_yaml::from_str::<serde_json::Value>(&text) {
                let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
                return if self.once_in(2) { value.to_string() } else { pretty + "\n" };
            }
            return self.ended(text);
        }
        let results = match self.byte() % 20 {
            0 => String::new(),
            1 => format!("results: [{old}{comma}]"),
            2 => format!("results:{blank} [{blank}{old}, {old}{comma}{blank}]"),
            3 => format!("results: [{blank}]"),
            4 => format!("results:\n- {old}\n- {old}"),
            5 => format!("results: # c\n  -   {old}\n  # d\n  - {old}"),
            6 => format!("results:\n- - {old}\n  - a\n-"),
            7 => "results:\n- message: x\n  severity: info\n\n  # end".to_owned(),
            8 => "results:\n- |\n  a\n  b\n\n".to_owned(),
            9 => "results:\n  - a: |+\n      b\n\n\n".to_owned(),
            10 => format!(
                "results: {}",
                self.one(&["", "~", "null", "!!null", "!!null ~", "!!seq []", "&a []", "&a", "{}", "''"])
            ),
            11 => format!("results: {} # c", self.one(&["", "~", "null", "!!seq []", "&a []", "[]", "\t~"])),
            12 => format!("results:{line}null # c"),
            13 => format!("results:\n# c\n\n{line}# d\n"),
            14 => format!("\"results\" :\n-   a: b\n    c: {old}"),
            15 => format!("? results\n: - {old}\n  - b"),
            16 => "? results\n:\n".to_owned(),
            17 => format!("results: &r\n- {old}\nother: *r"),
            18 => format!("results: [{old}]\nresults: []"),
            _ => format!("results:\n- -1\n- {old} # c\n# e\n#f"),
        };
        let mut parts = vec!["apiVersion: config.kubernetes.io/v1".to_owned(), "kind: ResourceList".to_owned()];
        parts.push(match self.byte() % 4 {
            0 => format!("items: {items}"),
            1 => format!("items:\n- {item}\n- {}\n", CONFIG.replace(", ", "\n  ")),
            2 => format!("items:\n- {{{CONFIG}}}\n- {item} # c"),
            _ => {
                let lines = [
                    "",
                    "\n        annotations:",
                    "\n        annotations:\n          # c\n          a: |\n            b",
                    " {}",
                ];
                let (head, end) = (
                    HEAD.replace("metadata: {name: web, ", "metadata: {name: 'web', ")
                        .replace("1, ", "1\n  ")
                        .replace("t, ", "t\n  "),
                    self.one(&lines),
                );
                format!("items:\n- {head}\n  spec:\n    template:\n      spec: {POD}\n      metadata:{end}")
            }
        });
        if self.once_in(4) {
            parts.push(format!(
                "functionConfig:{}",
                self.one(&["", " {}", "\n  kind: ConfigMap\n  apiVersion: v1", " # c"])
            ));
        }
        let at = usize::from(self.byte()) % (parts.len() + 1);
        parts.insert(if self.once_in(2) { parts.len() } else { at }, results);
        parts.retain(|p| !p.is_empty());
        let mut text = self.one(&["", "", "---\n", "# c\n", "\u{feff}"]).to_owned();
        for part in parts {
            text += &part;
            if !part.ends_with("\n\n") {
                text += "\n";
            }
        }
        text += self.one(&["", "", "# end\n", "...\n", "---\n", "\n\n"]);
        self.ended(text)
    }
}
