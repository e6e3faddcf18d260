package redisstore

import (
	"slices"
	"strconv"
	"strings"
)

// The versions of the header of a conversation that are written. Version 1 had its
// fields by place, and what was before by name.
const (
	headerShort = 2
	headerLong  = 3
)

// A headerField is a field of the header of a conversation: what it is without a
// header, and how it is packed.
type headerField struct{ name, blank, format string }

// headerFields are the fields as the scripts see them, by position: see
// lua/header.lua. The rare ones come first, so that what Lua unpacks follows their
// blanks; texts, flags and numbers follow.
func headerFields() []headerField {
	var all []headerField
	for _, field := range strings.Fields(`early='':I4c0 waits=0:I7 deaths=0:I4 fails=0:I4 taken=0:I4 firstTaken=0:I7
		entries=0:I4 entryBytes=0:I4 rowWaits=0:I7 begun=false:B unknown=false:B
		process='':I4c0 lastProcess='':I4c0 eventHead='':I4c0 rowHead='':I4c0 turn=false:B flying=false:B parked=false:B
		number=0:I7 ends=0:I7 doneEvent=0:I7 doneRow=0:I7 doneAttempt=0:I4 events=0:I4 bytes=0:I4 event=0:I7 eventAt=0:I7
		rows=0:I4 row=0:I7 attempt=0:I4 wake=0:I7 score=0:I7 next=0:I7 limit=0:I7 flows=0:I8 tended=0:I7
		lastNumber=0:I7 lastEvent=0:I7 lastRow=0:I7 lastAttempt=0:I4`) {
		name, rest, _ := strings.Cut(field, "=")
		blank, format, _ := strings.Cut(rest, ":")
		all = append(all, headerField{name, blank, format})
	}
	return all
}

// headerConstants are the constants of the scripts about the header.
func headerConstants() map[string]string {
	before := strings.Fields(`version number process ends turn begun doneEvent doneRow doneAttempt events bytes event
		eventAt waits deaths fails taken firstTaken entries entryBytes rows row rowWaits attempt flying unknown early
		wake score next limit flows parked tended lastNumber lastProcess lastEvent lastRow lastAttempt eventHead rowHead`)
	var names, places, blanks, formats []string
	short, number := 0, 0
	for i, f := range headerFields() {
		names, blanks, formats = append(names, "'"+f.name+"'"), append(blanks, f.blank), append(formats, f.format)
		places = append(places, strconv.Itoa(slices.Index(before, f.name)+1))
		switch f.name {
		case "process":
			short = i
		case "number":
			number = i
		}
	}
	list := func(all []string) string { return strings.Join(all, ",") }
	format := func(head string, all []string) string { return "'>" + head + strings.Join(all, "") + "'" }
	return map[string]string{
		"HEADER_NAMES": list(names), "HEADER_PLACES": list(places), "HEADER_BLANK": list(blanks), "RARE_BLANK": list(blanks[:short]),
		"SHORT": strconv.Itoa(headerShort), "SHORT_FORMAT": format("", formats[short:]), "SHORT_PACK": format("B", formats[short:]),
		"LONG": strconv.Itoa(headerLong), "LONG_FORMAT": format("", formats), "LONG_PACK": format("B", formats),
		"FIRST_NUMBER": strconv.Itoa(number + 1), "HEADER_FIELDS": strconv.Itoa(len(names)),
	}
}
