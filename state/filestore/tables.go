package filestore

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/parley-chat/parley/state/internal/rules"
)

// names are the buckets, by table.
func names() [rules.Tables]string {
	return [...]string{
		rules.Headers:  "headers",
		rules.States:   "states",
		rules.Inbox:    "inbox",
		rules.Outbox:   "outbox",
		rules.Journals: "journals",
		rules.History:  "history",
		rules.DueIndex: "due",
		rules.Seen:     "seen",
		rules.Expiry:   "expiry",
		rules.Letters:  "dead",
		rules.Counters: "counters",

		rules.Early:      "early",
		rules.Idle:       "idle",
		rules.LettersOf:  "dead_of",
		rules.Links:      "links",
		rules.LinkExpiry: "link_expiry",
	}
}

// format is written into a new file and expected in every other. format1 had the
// tables before rules.Early.
const (
	format  = "parley store 2"
	format1 = "parley store 1"
)

// makeTables creates the tables in a new file and those that one of an earlier
// version lacks, and checks that a file is ours and has all.
func makeTables(db *bbolt.DB) error {
	complete := false
	err := db.View(func(tx *bbolt.Tx) error {
		if first, _ := tx.Cursor().First(); first == nil {
			return nil
		}
		has := ""
		if about := tx.Bucket([]byte("about")); about != nil {
			has = string(about.Get([]byte("format")))
		}
		if has != format && has != format1 {
			return damaged(errors.New("this version did not write it"))
		}
		complete = has == format
		for t, name := range names() {
			expected := complete || rules.Table(t) < rules.Early
			if expected && tx.Bucket([]byte(name)) == nil {
				return damaged(fmt.Errorf("it has no table %q", name))
			}
		}
		return nil
	})
	if err != nil || complete {
		return err
	}
	return db.Update(func(tx *bbolt.Tx) error {
		for _, name := range names() {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		about, err := tx.CreateBucketIfNotExists([]byte("about"))
		if err != nil {
			return err
		}
		return about.Put([]byte("format"), []byte(format))
	})
}

// view is one transaction, of either kind, as the rules see it. It opens the
// tables that are used; makeTables saw that all are there.
type view struct {
	tx      *bbolt.Tx
	buckets [rules.Tables]*bbolt.Bucket
	cursors [rules.Tables]*bbolt.Cursor
}

var _ rules.Tx = (*view)(nil)

func (v *view) bucket(t rules.Table) *bbolt.Bucket {
	if v.buckets[t] == nil {
		v.buckets[t] = v.tx.Bucket([]byte(names()[t]))
	}
	return v.buckets[t]
}

func (v *view) Get(t rules.Table, key []byte) []byte { return v.bucket(t).Get(key) }

func (v *view) Seek(t rules.Table, from []byte) (key, value []byte) {
	if v.cursors[t] == nil {
		v.cursors[t] = v.bucket(t).Cursor()
	}
	return v.cursors[t].Seek(from)
}

func (v *view) Put(t rules.Table, key, value []byte) error { return v.bucket(t).Put(key, value) }

func (v *view) Delete(t rules.Table, key []byte) error { return v.bucket(t).Delete(key) }
