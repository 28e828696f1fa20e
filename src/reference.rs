//! References: the places of a pod spec that name a ConfigMap or Secret, as one table.

/// A kind of place that can name a config; the words of `places:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Env,
    EnvFrom,
    Volume,
    Projected,
    VolumeSecret,
    ImagePullSecrets,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 6] = [
        Self::Env,
        Self::EnvFrom,
        Self::Volume,
        Self::Projected,
        Self::VolumeSecret,
        Self::ImagePullSecrets,
    ];

    /// The word in `places:` and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::EnvFrom => "envFrom",
            Self::Volume => "volume",
            Self::Projected => "projected",
            Self::VolumeSecret => "volumeSecret",
            Self::ImagePullSecrets => "imagePullSecrets",
        }
    }

    /// The place of a word; `None` if it is none.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == word)
    }
}

/// A set of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places(u8);

impl Places {
    /// The set of some places.
    pub fn new(places: impl IntoIterator<Item = Place>) -> Self {
        Self(places.into_iter().fold(0, |set, p| set | 1 << p as u8))
    }

    /// Whether a reference of this place counts.
    pub fn contains(self, place: Place) -> bool {
        self.0 & 1 << place as u8 != 0
    }
}

impl Default for Places {
    /// All but `imagePullSecrets`: a pull secret is read when an image is pulled, a restart changes nothing.
    fn default() -> Self {
        Self::new(Place::ALL.into_iter().filter(|&p| p != Place::ImagePullSecrets))
    }
}
