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
	}
}

// format is written into a new file and expected in every other.
const format = "parley store 1"

// makeTables creates the tables in a new file and checks that an old one is ours
// and has them all.
func makeTables(db *bbolt.DB) error {
	empty := false
	err := db.View(func(tx *bbolt.Tx) error {
		if first, _ := tx.Cursor().First(); first == nil {
			empty = true
			return nil
		}
		if about := tx.Bucket([]byte("about")); about == nil || string(about.Get([]byte("format"))) != format {
			return damaged(errors.New("this version did not write it"))
		}
		for _, name := range names() {
			if tx.Bucket([]byte(name)) == nil {
				return damaged(fmt.Errorf("it has no table %q", name))
			}
		}
		return nil
	})
	if err != nil || !empty {
		return err
	}
	return db.Update(func(tx *bbolt.Tx) error {
		for _, name := range names() {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		about, err := tx.CreateBucket([]byte("about"))
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
