//! What was found, and the words for it: one table, the only place where a finding gets its message and remedy.
//!
//! A row is a problem with its facts, its id, the message, and what to do about it (`""`: nothing to say). Both are one
//! line, without a final full stop, and never hold a Secret's value. Whoever finds something names it here.

use crate::finding::id::Id;
use crate::finding::near::{Near, and_more, hint};
use crate::kube::config_kind::ConfigKind;
use crate::kube::kind;
use crate::kube::unread::Unread;
use crate::text::hidden::Text;
use crate::yaml::SyntaxError;

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* } $id:ident [$($message:tt)*] [$($remedy:tt)*])*) => {
        /// What was found. `about` is an object as messages name it: `Deployment/web`.
        #[derive(Clone, Debug)]
        pub(crate) enum Problem { $($(#[$doc])* $name { $($field: $type),* },)* }

        impl Problem {
            /// Id, message, and what to do about it, if there is something to say about that.
            pub(super) fn words(&self) -> (Id, String, Option<String>) {
                let (id, message, remedy) = match self {
                    $(Self::$name { $($field),* } => (Id::$id, format!($($message)*), format!($($remedy)*)),)*
                };
                (id, message, (!remedy.is_empty()).then_some(remedy))
            }
        }
    };
}

problems! {
    // Reading
    Syntax { error: SyntaxError } Syntax
        ["{}", error.message]
        ["{}", error.remedy.unwrap_or("correct the file; where a text is meant, quoting it helps")]
    TooDeep { error: SyntaxError } Limit
        ["{}", error.message]
        ["{}", error.remedy.unwrap_or("flatten it: Kubernetes has no field that deep")]
    GluedSeparator {} Separator
        ["`---` is glued to what follows: no document begins here"]
        ["put `---` on a line of its own, or indent the line"]
    BehindJson {} Separator
        ["a separator behind several values of JSON, which kubectl does not read"]
        ["separate all of them by lines of `---`, or none"]
    NotJoined {} Separator
        ["in one stream with other files kubectl would read this one otherwise: JSON is YAML there, and a lone CR no line end"]
        ["use `stamp -w`, or stamp it alone"]
    MissingSeparator { lost: String } MissingSeparator
        ["a second object begins here without `---` before it: of {lost} nothing is left"]
        ["put a line of `---` above it"]
    TextBehindSeparator {} Separator
        ["text behind `---`, which neither kubectl nor kustomize reads"]
        ["begin the document on the next line"]
    BehindSeparator {} KubectlRefuses
        ["kubectl refuses text behind `---`"]
        ["begin the document on the next line"]
    InnerByteOrderMark {} KubectlRefuses
        ["a byte order mark inside of a document: kubectl may lose characters behind it"]
        ["take it out; it stands there where files were joined"]
    TabComment {} KubectlRefuses
        ["kubectl refuses a tab before a comment"]
        ["indent with spaces"]
    Dropped { behind: &'static str } Dropped
        ["neither kubectl nor kustomize reads what stands here, behind {behind}"]
        ["begin the next document with a line of `---`, or remove this"]
    LineSeparator { name: &'static str } LineSeparator
        ["{name} ends the line here, as a line break does: kubectl reads what follows as a line of its own"]
        ["replace it by a space or by a line break"]
    MergeOrder {} MergeOrder
        ["for kubectl this `<<` overrides a key before it; kustomize keeps that key"]
        ["put one `<<` before all other keys, or write the keys out"]
    NotAnObject {} NotAnObject
        ["no Kubernetes object: it lacks its kind or its apiVersion"]
        ["write both, or leave the file out with --exclude"]
    MistakenKind { about: String, api_version: Text, meant: (&'static str, &'static str) } UnknownKind
        ["{about} counts for nothing: `apiVersion: {api_version}` has no such kind, so that kubectl refuses it"]
        ["did you mean `apiVersion: {}`, `kind: {}`?", meant.1, meant.0]
    NoObjects {} NoObjects
        ["no Kubernetes object in the input"]
        ["see what made it; --allow-empty if nothing is right"]
    OnlyConfig {} OnlyConfig
        ["the list holds nothing but the configuration of restamp itself: nothing is stamped"]
        ["list it under `transformers:` and not under `generators:`"]
    NoKustomization {} Syntax
        ["a kustomization is a mapping"]
        ["correct the file; kustomize cannot read it either"]
    TooLarge {} Limit
        ["the document is larger than 4 GiB"]
        ["split it"]
    Endless {} Limit
        ["it does not end within 4 GiB"]
        ["if it has an end, write it to a file"]
    Spent {} Limit
        ["lists of names and patterns ask for more work than a set of this size may; this one is the longest"]
        ["shorten the list, or name configs instead of patterns"]
    NotUtf8 { byte: u8 } Encoding
        ["not UTF-8: byte 0x{byte:02x}"]
        ["convert it to UTF-8 (iconv -f WINDOWS-1252 -t UTF-8, or what it is encoded in); leave it out with --exclude if it is no text"]
    OtherEncoding { name: &'static str } Encoding
        ["{name}: convert it to UTF-8"]
        ["with `iconv -f {name} -t UTF-8`"]
    Unreadable { why: String } NoInput
        ["cannot be read: {why}"]
        [""]
    OnlySources { command: String, more: usize } NoInput
        ["nothing to read but sources of manifests; use `{command}`{}", and_more(*more)]
        ["stamp what they build, or name their files one by one"]
    OnlyKustomization { command: String } NoInput
        ["nothing to read but a kustomization; use `{command}`"]
        ["stamp what it builds"]
    NoFile {} NoInput
        ["no .yaml, .yml or .json file in it"]
        [""]
    NoFileLeft { found: usize } NoInput
        ["--include and --exclude leave none of its {found} files"]
        [""]
    InTwoSets { one: String, two: String, more: usize } NoInput
        ["in two sets: `{one}` and `{two}`{}", and_more(*more)]
        ["name it once: each folder is its own set, all files that are named are one"]
    SourceTree { what: String, files: usize, command: String, remedy: &'static str } SourceTree
        ["{what}, no rendering: {} skipped; use `{command}`", count(*files, "file")]
        ["{remedy}"]
    OutsideLink { folder: String, more: usize } OutsideLink
        ["a link that leads out of `{folder}`, not followed{}", and_more(*more)]
        ["name the file itself, or follow links with --follow-links"]
    Settings { message: String, remedy: Option<String> } Settings
        ["{message}"]
        ["{}", remedy.as_deref().unwrap_or_default()]
    DuplicateKey { key: Text, by_chance: bool } DuplicateKey
        ["the mapping has the key `{key}` twice; {}", match by_chance {
            true => "which one Kubernetes takes is a matter of chance",
            false => "Kubernetes takes the last one",
        }]
        ["remove the one that does not count"]

    // Writing
    CannotEdit { why: &'static str, way_out: Option<&'static str> } CannotEdit
        ["{why}"]
        ["{}", way_out.unwrap_or("write the pod template's metadata out in place, or leave the workload out with \
          `workloads: {exclude: [...]}`")]
    SopsMac {} Sops
        ["the stamp would break the MAC of this SOPS document"]
        ["stamp the decrypted manifests, let SOPS sign what it encrypts alone (`mac_only_encrypted: true`), or leave the \
          workload out with `workloads: {{exclude: [...]}}`"]
    Internal {} Internal
        ["the edited document is not the same but for the stamp"]
        ["nothing was written; please report this document"]

    ResultsRefused {} Internal
        ["the findings cannot be added to the `results` of this list"]
        ["please report this document"]

    // Stamps
    NothingSelected { could_be: usize, all: bool, auto: String } NothingSelected
        ["no workload is selected{}", match could_be {
            0 => ", and none refers to a config".to_owned(),
            1 => "; 1 workload refers to configs".to_owned(),
            n => format!("; {n} workloads refer to configs"),
        }]
        ["{}", match all {
            true => format!("look for `{auto}: \"false\"`, `ignore` and the filters of the configuration"),
            false => format!("annotate workloads with `{auto}: \"true\"`, or use `--select all`"),
        }]
    StampMissing { about: String } StampMissing
        ["{about} has no stamp"]
        ["run `restamp stamp -w`, or the step that stamps"]
    StampStepMissing { users: Vec<String> } StampMissing
        ["the stamp step did not run: {} {} no stamp", workloads(users), if users.len() == 1 { "has" } else { "have" }]
        ["run `restamp stamp -w`, or see why the step did nothing: kustomize skips an exec function without a word unless \
          it gets --enable-alpha-plugins --enable-exec, kubectl always does"]
    /// `configs` are the first of so many.
    StampStale { about: String, configs: Vec<String>, count: usize } StampStale
        ["the stamp of {about} is stale: it is not that of {}", few(configs, *count)]
        ["run `restamp stamp -w`, or the step that stamps, after the last change of a config"]
    StampLeftOver { about: String, all: bool } StampLeftOver
        ["{about} carries a stamp, but is no longer selected"]
        ["{}", match all {
            true => "say `--select all`, or annotate workloads; if every stamp is to go, run `restamp unstamp -w`",
            false => "run `restamp stamp -w` to remove it, which rolls its pods once; or select it again",
        }]
    RemovesAll { stamps: usize } RemovesAll
        ["all {stamps} stamps would go, and no workload asks for one"]
        ["say `--select all`, or annotate workloads; if the stamps are to go, use `restamp unstamp -w`"]
    StampsTakenOut { stamps: usize } StampRemoved
        ["{} taken out: applied like this, each of these workloads rolls once", count(*stamps, "stamp")]
        ["go folder by folder if that is too much at once"]
    StampLeftAlone { about: String } StampLeftAlone
        ["{about} carries a stamp, but is not stamped: it is left as it is"]
        ["remove the annotation by hand if nothing else keeps it"]
    StampRemoved { about: String } StampRemoved
        ["{about} is no longer selected: its stamp is removed, which rolls its pods once"]
        ["to keep it, select the workload again or supply its configs with --config-from"]
    StampMisplaced { key: String, kind: Text, place: String } StampMisplaced
        ["`{key}` stands on the {kind} itself, where it rolls nothing"]
        ["remove it; the stamp belongs into {place}"]
    /// None of the configs that the stamp is made of is in the set.
    NothingToVerify { about: String } CannotVerify
        ["nothing that the stamp of {about} is made of is in the set: it stays as it is"]
        ["run over the whole set, or supply the configs with --config-from"]
    /// With a key that this run lacks, or not with the one that it has.
    OtherKey { about: String, theirs: Text, own: Option<String> } OtherKey
        ["the stamp of {about} was made with key {theirs}, {}", match own {
            None => "and this run has none: it stays as it is".to_owned(),
            Some(own) => format!("and this run has key {own}: it is made anew, which rolls its pods once"),
        }]
        ["{}", match own {
            None => "give the key with --key-env or --key-file to compare it",
            Some(_) => "if the key was not changed on purpose, give the one that was used before",
        }]
    KeyedBaseline { about: String, theirs: String } OtherKey
        ["the baseline was made with key {theirs}, and this run has none: {about} stays without a stamp"]
        ["give the key with --key-env or --key-file to compare it"]

    // Configs
    DuplicateConfig { about: String, times: usize } DuplicateConfig
        ["{about} is in the set {times} times with different content: what is applied would depend on the order"]
        ["remove one, or make each folder its own set: `restamp stamp rendered/*/`"]
    MissingConfig { kind: ConfigKind, name: Text, users: Vec<String>, near: Option<Near> } MissingConfig
        ["{kind}/{name}: not in this set, used by {}", workloads(users)]
        ["{}", hint(near, "add it to the set, pass it with --config-from, or list it under `external` if it lives elsewhere")]
    MissingKey { about: String, key: Text, users: Vec<String>, near: Option<Text> } MissingKey
        ["{about} has no key \"{key}\", used by {}", workloads(users)]
        ["{}", match near {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "add the key, or mark the reference `optional: true`".to_owned(),
        }]
    OptionalKeys { about: String, keys: Vec<String>, users: Vec<String> } MissingKey
        ["{about} has no {} {}, which {} may have", if keys.len() == 1 { "key" } else { "keys" }, few(keys, keys.len()), workloads(users)]
        ["add them if it is to see them"]
    OtherNamespace { about: String, config: String } OtherNamespace
        ["{about} refers to {config}, which only one side puts into a namespace; it is the only one in the set"]
        ["name the namespace on both, or give --namespace"]
    NotRenamed { about: String, config: String, kind: Text } NotRenamed
        ["{about} refers to {config}, which kustomize will rename: in a {kind} it follows no references"]
        ["list the fields of {kind} under `configurations:` (`nameReference`), or generate the config with \
          `disableNameSuffixHash: true`"]
    AppliedLater { config: String, late: String, early: String, users: Vec<String> } AppliedLater
        ["{config} is applied in {late}, after {} in {early}: pods keep the old content under a stamp that says new",
            workloads(users)]
        ["apply {config} no later than the workload: in an earlier wave or phase"]
    MadeLater { maker: String, users: Vec<String> } MadeLater
        ["{maker} makes its Secret after it is applied: what of {} reads it by `env` or `subPath` may start with the old \
          values, under the new stamp", workloads(users)]
        ["{MADE_LATER}"]
    Rotation { maker: String, users: Vec<String> } Rotation
        ["{maker} fetches values that change outside of Git: no stamp of {} sees that", workloads(users)]
        ["pin a version of each value, or give it a new name with each change; then the change is one in Git"]
    Unseen { maker: String, users: Vec<String> } Unseen
        ["{maker} holds its values as one text in `spec.data`, of which no stamp is made: a change rolls none of {}",
            workloads(users)]
        ["seal it anew with a kubeseal that writes `spec.encryptedData`"]
    BooleanKey { about: String, read: bool } BooleanKey
        ["Kubernetes reads this key of {about} as \"{read}\""]
        ["quote the key"]
    RefusedValue { about: String, why: &'static str } RefusedValue
        ["a value of {about} {why}: the API server refuses it"]
        ["correct the value; its text as it stands is what the stamp is made of"]
    RefusedSection { about: String } RefusedValue
        ["a value of {about} is no mapping: the API server refuses it"]
        ["write keys and values; as it stands it counts as empty"]

    RefusedType { about: String, field: Option<String>, expected: &'static str, is_read: bool } RefusedValue
        ["{} of {about} holds no {expected}: the API server refuses it", match field {
            Some(field) => format!("`{field}`"),
            None => "a field".to_owned(),
        }]
        ["write a {expected}{}; as it stands {}", if *expected == "string" { " in quotes" } else { "" },
            if *is_read { "its text counts" } else { "it counts as absent" }]

    RefusedItems {} RefusedValue
        ["the items of a list are no list: the API server refuses it"]
        ["write them as a list"]

    // Workloads that are not stamped
    Patch { about: String, own: bool } Patch
        ["{about} lacks containers or images: a patch is never stamped"]
        ["stamp the finished build, where the patch has been applied{}",
            if *own { "; if its operator fills them in, set `partial: true` in its row of `podTemplates`" } else { "" }]
    Hook { about: String } HookSkipped
        ["{about} is a hook, which runs at each sync anyway: not stamped"]
        ["remove Reloader's annotation from the hook to silence this"]
    Job { about: String, kind: Text, once: bool } JobImmutable
        ["{about} is not stamped: {}", match once {
            true => "a changed pod template reaches none of its pods".to_owned(),
            false => format!("a {kind}'s pod template cannot be changed, and `apply` would fail"),
        }]
        ["let the delivery tool recreate it (Argo CD: sync options `Force=true,Replace=true`{}), or use `generateName`",
            if *once { "" } else { "; Flux: `kustomize.toolkit.fluxcd.io/force: enabled`" }]
    NamedRevision { about: String } NamedRevision
        ["{about} names its revision, so that Knative refuses any change: not stamped"]
        ["remove `spec.template.metadata.name`"]
    KindNotStamped { about: String, why: String, instead: &'static str } KindNotStamped
        ["{about} is not stamped: {why}"]
        ["{instead}"]
    UnknownKind { about: String, group: String, kind: Text, asks: bool, meant: Option<(&'static str, &'static str)> } KindNotStamped
        ["{about} {}, but {kind}{} is no kind that is stamped",
            if *asks { "is annotated" } else { "has a pod template" },
            if group.is_empty() { String::new() } else { format!(" of {group}") }]
        ["{}", match meant {
            Some((known, api)) => format!("did you mean `apiVersion: {api}`, `kind: {known}`?"),
            None if kind::is_built_in(group) => "annotate the workload whose pods shall roll".to_owned(),
            None => format!(
                "if its operator rolls pods when a pod template of it changes, add `podTemplates: [{{group: \"{group}\", \
                 kind: {kind}, path: ...}}]` to the configuration, with the path to that template"
            ),
        }]
    /// An operator would follow a config if it carried its label.
    Unwatched { about: String, config: String, label: &'static str, value: &'static str } NotWatched
        ["{about} does not follow {config}, which lacks the label `{label}: {value}`"]
        ["add the label to {config}: it is then read anew when it changes"]
    NoTemplate { about: String, paths: String, own: bool } NoTemplate
        ["{about} is annotated, but has no pod template at {paths}: not stamped"]
        ["{}", if *own { "correct the path in `podTemplates`, or the manifest" }
            else { "add one, where its pods are described, or remove the annotation" }]
    UselessRow { kind: String, path: String, foreign: Option<String> } NoTemplate
        ["`podTemplates`: no {kind} of the set has a pod template at {path}"]
        ["{}", match foreign {
            Some(group) => format!("did you mean the {kind} of group \"{group}\"?"),
            None => "correct the path, or remove the row".to_owned(),
        }]
    NoWorkloadRef { target: String } WorkloadRefMissing
        ["{target}, which workloadRef names, is not in the set"]
        ["add it to the set: the pod template that has to be stamped is there"]
    RestartStrategy {} RestartStrategy
        ["Reloader would restart this Rollout and leave its template alone; restamp stamps it"]
        ["if a rollout of the template is not wanted, leave the Rollout out with `workloads: {{exclude: [...]}}`"]

    // Annotations
    BadRegex { entry: Text, why: String, meant: Option<Text> } BadRegex
        ["`{entry}` is no regular expression to Go: {why}; it is skipped here, and Reloader up to v1.4.21 crashes on it"]
        ["{}", match meant {
            Some(meant) => format!("it is a regular expression and no glob: did you mean `{meant}`?"),
            None => "correct the entry; it is compiled as `^entry$`".to_owned(),
        }]
    BadBoolean { key: String, value: Text } BadBoolean
        ["`{key}: \"{value}\"` counts as false"]
        ["write \"true\", or \"false\" if that is meant"]
    UnmatchedEntry { entry: Text, kind: ConfigKind, namespace: Option<Text>, near: Option<Near> } UnmatchedEntry
        ["`{entry}` names no {kind} of {} in the set", match namespace {
            Some(namespace) => format!("namespace {namespace}"),
            None => "this namespace".to_owned(),
        }]
        ["{}", hint(near, "correct or remove the entry, or add what it names")]
    OldName { about: String, entry: Text, config: String } OldName
        ["`{entry}` is read as a name that {config} had before a build: so the stamp of {about} is current"]
        ["to be read without that stamp too, the entry has to match the name that is there"]
    UnreadAnnotation { about: String, key: Text, field: String, unread: Unread } UnreadAnnotation
        ["{about}: nobody reads `{key}` in {field}"]
        ["{}", match unread {
            Unread::Unknown(Some(meant)) => format!("did you mean `{meant}`?"),
            Unread::Unknown(None) => "remove it, or look in docs/annotations.md for the key that is meant".to_owned(),
            Unread::Misplaced(remedy) => (*remedy).to_owned(),
        }]
    IgnoreOnWorkload { key: String } IgnoreOnWorkload
        ["`{key}` on a workload has no effect"]
        ["put it on the ConfigMap or Secret, or leave the workload without `auto`"]
    SearchWithoutMatch { key: String, refers: usize, marked: Option<String> } SearchWithoutMatch
        ["the search finds nothing: {}", match refers {
            0 => "what the workload refers to is not in the set".to_owned(),
            1 => format!("the config that the workload refers to carries no `{key}: \"true\"`"),
            n => format!("none of the {n} configs that the workload refers to carries `{key}: \"true\"`"),
        }]
        ["put `{key}: \"true\"` on the configs that are meant{}", match marked {
            Some(config) => format!("; {config} carries it, but nothing refers to that"),
            None => String::new(),
        }]
    NoReferences { uncounted: bool, list: String } NoReferences
        ["the workload is annotated, but refers to {}", match uncounted {
            true => "configs only in places that do not count, and lists none",
            false => "no ConfigMap or Secret and lists none",
        }]
        ["remove the annotation, or list what should roll it in `{list}`"]
    UnknownPlace { word: Text, known: String, near: Option<&'static str> } UnknownPlace
        ["`{word}` is no place; it is skipped"]
        ["{}", match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the places are {known}"),
        }]
    UnknownWord { key: String, word: Text, known: String, near: Option<&'static str> } UnknownWord
        ["`{word}` is no word of `{key}`; it is skipped"]
        ["{}", match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the words are {known}"),
        }]

    // Plans
    TooManyRolls { rolls: usize, most: usize } TooManyRolls
        ["{}, and `plan.maxRolls` allows {most}", count_verb(*rolls)]
        ["split the change, or raise `maxRolls` for it"]
    ProtectedRolls { about: String, home: String } ProtectedRolls
        ["{about} ({home}) rolls, and `plan.protected` protects it"]
        ["take what rolls it out of the change, or leave it out of `protected`"]
}

impl Problem {
    /// What stands in the way of reading a document.
    pub(crate) fn refused(error: SyntaxError) -> Self {
        if error.limit { Self::TooDeep { error } } else { Self::Syntax { error } }
    }
}

/// How what is made comes before those who use it.
pub(crate) const MADE_LATER: &str = "apply it before the workload (Argo CD: in an earlier sync wave; Flux: in a Kustomization \
    that the workload's `dependsOn`), or give what it makes a new name with each change";

/// How many names of workloads a message holds.
pub(crate) const NAMED: usize = 3;

/// The one workload, or how many and the first few.
fn workloads(names: &[String]) -> String {
    if let [one] = names {
        return one.clone();
    }
    let more = if names.len() > NAMED { ", …" } else { "" };
    format!("{} ({}{more})", count(names.len(), "workload"), names[..names.len().min(NAMED)].join(", "))
}

/// The first few names of so many, and how many more.
pub(super) fn few(names: &[String], count: usize) -> String {
    let first = &names[..names.len().min(NAMED)];
    match (first.split_last(), count - first.len()) {
        (None, _) => "its configs".to_owned(),
        (Some((last, [])), 0) => last.clone(),
        (Some((last, rest)), 0) => format!("{} and {last}", rest.join(", ")),
        (Some(_), more) => format!("{} and {more} more", first.join(", ")),
    }
}

/// `1 workload`, `2 workloads`.
fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

/// `1 workload rolls`, `2 workloads roll`.
fn count_verb(n: usize) -> String {
    format!("{} {}", count(n, "workload"), if n == 1 { "rolls" } else { "roll" })
}
