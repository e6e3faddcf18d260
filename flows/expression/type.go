package expression

import (
	"fmt"
	"strings"
)

// A Kind is the name of a type as authors write it.
type Kind string

// The kinds of types. Time is a text such as "17:00"; Email, Phone, URL and
// Choice (an option's id) are texts too; media are records of url, mime, size
// and name; Location is a record of latitude, longitude, name and address.
const (
	Text     Kind = "text"
	Int      Kind = "int"
	Number   Kind = "number"
	Bool     Kind = "bool"
	Date     Kind = "date"
	Time     Kind = "time"
	Datetime Kind = "datetime"
	Duration Kind = "duration"
	Email    Kind = "email"
	Phone    Kind = "phone"
	URL      Kind = "url"
	Choice   Kind = "choice"
	Choices  Kind = "choices"
	Location Kind = "location"
	Image    Kind = "image"
	File     Kind = "file"
	Audio    Kind = "audio"
	Video    Kind = "video"
	List     Kind = "list"   // [T]
	Record   Kind = "record" // {name: T}
)

// A Type is the type of a variable, an answer or a result.
type Type struct {
	Kind Kind
	// Elem is the type of the elements of a List.
	Elem *Type
	// Fields are those of a Record, in the order they were written.
	Fields []Field
	// Open says of a Record that it may have any other field, each read as an open
	// Text; and of a Text that the value may be anything, which is written as a text.
	Open bool
	// Maybe is true for `maybe T`: what an API may leave out.
	Maybe bool
	// IDs are the ids of a Choice whose options are fixed; a comparison with any
	// other text is an error.
	IDs []string
}

// A Field is a named part of a Record.
type Field struct {
	Name string
	Type Type
}

// Of returns the type of a plain kind.
func Of(k Kind) Type { return Type{Kind: k} }

// ListOf returns the type of a list.
func ListOf(elem Type) Type { return Type{Kind: List, Elem: &elem} }

// RecordOf returns the type of a record.
func RecordOf(fields ...Field) Type { return Type{Kind: Record, Fields: fields} }

// Field returns the type of a field of a record, or of media or a location.
func (t Type) Field(name string) (Type, bool) {
	for _, f := range t.fields() {
		if f.Name == name {
			return f.Type, true
		}
	}
	if t.Kind == Record && t.Open {
		return Type{Kind: Text, Open: true}, true
	}
	return Type{}, false
}

// fields returns the fields of every kind that has some.
func (t Type) fields() []Field {
	switch t.Kind {
	case Record:
		return t.Fields
	case Image, File, Audio, Video:
		return []Field{{"url", Of(Text)}, {"mime", Of(Text)}, {"size", Of(Int)}, {"name", Of(Text)}}
	case Location:
		return []Field{{"latitude", Of(Number)}, {"longitude", Of(Number)}, {"name", Of(Text)}, {"address", Of(Text)}}
	}
	return nil
}

// String writes the type as authors do.
func (t Type) String() string {
	var s string
	switch t.Kind {
	case List:
		s = "[" + t.Elem.String() + "]"
	case Record:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = fmt.Sprintf("%s: %s", f.Name, f.Type)
		}
		s = "{" + strings.Join(parts, ", ") + "}"
	default:
		s = string(t.Kind)
	}
	if t.Maybe {
		return "maybe " + s
	}
	return s
}
