//! How a plan looks.

// As text.
pub(super) mod text;

// As a pull-request comment.
pub(super) mod markdown;

#[cfg(test)]
mod tests;
