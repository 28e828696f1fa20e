//! The rules of sections 6, 7 and 8 of the design, one test file each: `decision` enumerates what is selected and compares
//! with a reference written from the design alone, `place` lists the fields of the Kubernetes API, `finding` asks for
//! each lint at its place, `kind` holds the table of kinds against its fixtures and schemas, `page` compares `docs/` with the code.

mod decision;
mod finding;
// What they ask other programs is for Unix alone.
#[cfg(unix)]
mod kind;
mod page;
#[cfg(unix)]
mod place;
mod schema;
