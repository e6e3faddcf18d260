// Package spec reads what authors write: YAML nodes that know their place in
// the file, diagnostics that point there, and tables of fields from which
// decoding, errors, the JSON Schema and the reference all follow.
//
// A load makes one [Report], hands it to [Parse] for every file, and decodes the
// nodes with [Decode] against a [Table]. Nothing stops at the first mistake:
// what is wrong is reported and left out, what is right can be used.
//
// Texts are kept exactly as written: 0123, 1.10, +84901 and 2026-03-04 stay what
// they are until a field says that it wants a number. The mistakes that YAML
// swallows in silence, such as a text cut at a #, are errors here; [Codes] lists
// them all.
//
// A Report and the nodes parsed with it belong to one load and are not safe for
// concurrent use; tables are only read and may be shared.
package spec
