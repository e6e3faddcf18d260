package memstore

import (
	"bytes"
	"slices"
	"sort"
)

// An entry is one key with its value.
type entry struct{ key, value []byte }

// chunkMax is the length at which a chunk is split: short enough to insert into,
// long enough that there are few.
const chunkMax = 256

// A table is a sorted set of entries, in sorted chunks of which none is empty.
type table struct{ chunks [][]entry }

// find returns where the first entry lies whose key is not below key; found
// reports whether it has that key. The chunk may end before that place, or not
// exist if the table is empty.
func (t *table) find(key []byte) (chunk, place int, found bool) {
	chunk = sort.Search(len(t.chunks), func(i int) bool {
		return bytes.Compare(t.chunks[i][0].key, key) > 0
	})
	chunk = max(chunk-1, 0)
	if len(t.chunks) == 0 {
		return 0, 0, false
	}
	place, found = slices.BinarySearchFunc(t.chunks[chunk], key, func(e entry, key []byte) int {
		return bytes.Compare(e.key, key)
	})
	return chunk, place, found
}

func (t *table) get(key []byte) []byte {
	chunk, place, found := t.find(key)
	if !found {
		return nil
	}
	return t.chunks[chunk][place].value
}

func (t *table) seek(from []byte) (key, value []byte) {
	chunk, place, _ := t.find(from)
	if chunk < len(t.chunks) && place == len(t.chunks[chunk]) {
		chunk, place = chunk+1, 0
	}
	if chunk >= len(t.chunks) {
		return nil, nil
	}
	e := t.chunks[chunk][place]
	return e.key, e.value
}

func (t *table) put(key, value []byte) {
	chunk, place, found := t.find(key)
	if found {
		t.chunks[chunk][place].value = value
		return
	}
	if len(t.chunks) == 0 {
		t.chunks = append(t.chunks, nil)
	}
	full := slices.Insert(t.chunks[chunk], place, entry{bytes.Clone(key), value})
	t.chunks[chunk] = full
	if len(full) > chunkMax {
		half := len(full) / 2
		t.chunks[chunk] = full[:half:half]
		t.chunks = slices.Insert(t.chunks, chunk+1, slices.Clone(full[half:]))
		clear(full[half:]) // what it held must not be kept alive from here
	}
}

func (t *table) delete(key []byte) {
	chunk, place, found := t.find(key)
	if !found {
		return
	}
	t.chunks[chunk] = slices.Delete(t.chunks[chunk], place, place+1)
	if len(t.chunks[chunk]) == 0 {
		t.chunks = slices.Delete(t.chunks, chunk, chunk+1)
	}
}
