package redisstore

import (
	"strconv"
	"strings"
)

// The versions of the header of a conversation. The old ones had the events and rows at
// the heads as fields, and no state. Version 1 was packed fields by place, and what was
// before had fields by name.
const (
	headerOldShort = 2
	headerOldLong  = 3
	headerShort    = 4
	headerLong     = 5
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
		process='':I4c0 lastProcess='':I4c0 turn=false:B flying=false:B parked=false:B
		number=0:I7 ends=0:I7 doneEvent=0:I7 doneRow=0:I7 doneAttempt=0:I4 events=0:I4 bytes=0:I4 event=0:I7 eventAt=0:I7
		rows=0:I4 row=0:I7 attempt=0:I4 wake=0:I7 score=0:I7 next=0:I7 limit=0:I7 flows=0:I8 tended=0:I7
		lastNumber=0:I7 lastEvent=0:I7 lastRow=0:I7 lastAttempt=0:I4 kept=0:B stateSize=0:I4 eventSize=0:I4 rowSize=0:I4`) {
		name, rest, _ := strings.Cut(field, "=")
		blank, format, _ := strings.Cut(rest, ":")
		all = append(all, headerField{name, blank, format})
	}
	return all
}

// The names of the fields of versions before, by place.
const (
	fieldsOfOne = `version number process ends turn begun doneEvent doneRow doneAttempt events bytes event
		eventAt waits deaths fails taken firstTaken entries entryBytes rows row rowWaits attempt flying unknown early
		wake score next limit flows parked tended lastNumber lastProcess lastEvent lastRow lastAttempt eventHead rowHead`
	rareOfTwo  = `early waits deaths fails taken firstTaken entries entryBytes rowWaits begun unknown`
	shortOfTwo = `process lastProcess eventHead rowHead turn flying parked
		number ends doneEvent doneRow doneAttempt events bytes event eventAt rows row attempt wake score next limit flows tended
		lastNumber lastEvent lastRow lastAttempt`
)

// headerConstants are the constants of the scripts about the header.
func headerConstants() map[string]string {
	fields := headerFields()
	var blanks, formats []string
	byName := map[string]string{"eventHead": "I4c0", "rowHead": "I4c0"}
	rare, number := 0, 0
	for i, f := range fields {
		blanks, formats = append(blanks, f.blank), append(formats, f.format)
		byName[f.name] = f.format
		switch f.name {
		case "process":
			rare = i
		case "number":
			number = i
		}
	}
	var locals, zeros, values []string
	for _, f := range fields[rare:] {
		locals, zeros = append(locals, "h_"+f.name), append(zeros, strings.Replace(f.blank, "false", "0", 1))
		if f.format == "I4c0" {
			values = append(values, "#h_"+f.name)
		}
		values = append(values, "h_"+f.name)
	}
	names := func(all string) string { return "'" + strings.Join(strings.Fields(all), "','") + "'" }
	list := func(all []string) string { return strings.Join(all, ",") }
	format := func(head string, all []string) string { return "'>" + head + strings.Join(all, "") + "'" }
	old := func(all string) string {
		var formats []string
		for _, name := range strings.Fields(all) {
			formats = append(formats, byName[name])
		}
		return format("", formats)
	}
	places := make([]string, len(fields))
	for i, f := range fields {
		places[i] = f.name + "=" + strconv.Itoa(i+1)
	}
	return map[string]string{
		"PLACES": list(places), "HEADER_BLANK": list(blanks), "RARE_BLANK": list(blanks[:rare]),
		"SHORT": strconv.Itoa(headerShort), "SHORT_FORMAT": format("", formats[rare:]), "SHORT_PACK": format("B", formats[rare:]),
		"SHORT_LOCALS": list(locals), "SHORT_BLANKS": list(zeros), "SHORT_VALUES": list(values),
		"LONG": strconv.Itoa(headerLong), "LONG_FORMAT": format("", formats), "LONG_PACK": format("B", formats),
		"OLD_SHORT": strconv.Itoa(headerOldShort), "OLD_SHORT_FORMAT": old(shortOfTwo), "OLD_SHORT_NAMES": names(shortOfTwo),
		"OLD_LONG": strconv.Itoa(headerOldLong), "OLD_LONG_FORMAT": old(rareOfTwo + " " + shortOfTwo), "OLD_LONG_NAMES": names(rareOfTwo + " " + shortOfTwo),
		"ONE_NAMES": names(fieldsOfOne), "FIRST_NUMBER": strconv.Itoa(number + 1), "HEADER_FIELDS": strconv.Itoa(len(fields)),
	}
}
