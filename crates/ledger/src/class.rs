//! [`ClassPath`]: where an instrument stands in the tree of asset classes.

use std::fmt;
use std::str::FromStr;

/// A path such as `Equity/US/Large Cap`: segments from the broadest class to the narrowest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ClassPath(String);

/// A text that is no class path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a class path: expected names parted by `/`, none of them empty")]
pub struct ClassPathError(String);

impl ClassPath {
    /// Reads a path; space around a segment is dropped, an empty segment is an error.
    pub fn new(text: &str) -> Result<Self, ClassPathError> {
        let segments: Vec<&str> = text.split('/').map(str::trim).collect();
        if segments.iter().any(|segment| segment.is_empty()) {
            return Err(ClassPathError(text.to_owned()));
        }
        Ok(Self(segments.join("/")))
    }

    /// The top class `Cash`, to which account cash belongs.
    pub fn cash() -> Self {
        Self("Cash".to_owned())
    }

    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names from the broadest class to the narrowest.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The narrowest name.
    pub fn name(&self) -> &str {
        self.segments().next_back().unwrap_or_default()
    }

    /// The path without its narrowest name, if one is left.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// Whether this is `ancestor` itself or lies below it.
    pub fn is_within(&self, ancestor: &Self) -> bool {
        self.0.strip_prefix(&ancestor.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromStr for ClassPath {
    type Err = ClassPathError;

    fn from_str(text: &str) -> Result<Self, ClassPathError> {
        Self::new(text)
    }
}

impl fmt::Display for ClassPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ClassPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
