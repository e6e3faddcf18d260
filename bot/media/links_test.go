package media

import (
	"strings"
	"testing"
	"time"
)

func newLinks(t *testing.T, secret string) *Links {
	t.Helper()
	l, err := NewLinks([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLinksTellNothingAndCannotBeChanged(t *testing.T) {
	l := newLinks(t, "a secret of some length")
	ref := Ref{Owner: "tg/1/ann", Channel: "tg", ID: "f/1", Name: "ä.png", Since: time.UnixMilli(1_700_000_000_123).UTC(), Until: time.Unix(1_700_086_400, 0).UTC()}
	sealed := l.Seal(ref)
	if got, ok := l.Read(sealed); !ok || got != ref {
		t.Errorf("read %+v", got)
	}
	if sealed != l.Seal(ref) {
		t.Error("the same ref has two links")
	}
	later := ref
	later.Until = ref.Until.Add(time.Second)
	if sealed == l.Seal(later) || strings.Contains(sealed, "ann") {
		t.Error("links are too much alike")
	}
	for i := range sealed {
		if got, ok := l.Read(sealed[:i]); ok {
			t.Fatalf("the first %d characters are read: %+v", i, got)
		}
		other := "A"
		if sealed[i] == 'A' {
			other = "B"
		}
		if got, ok := l.Read(sealed[:i] + other + sealed[i+1:]); ok {
			t.Fatalf("with another character at %d: %+v", i, got)
		}
	}
	if _, ok := newLinks(t, "another secret of some length").Read(sealed); ok {
		t.Error("another secret reads it")
	}
	if got, ok := newLinks(t, "a secret of some length").Read(sealed); !ok || got != ref {
		t.Error("another process does not read it")
	}
}

func FuzzLinks(f *testing.F) {
	l, err := NewLinks([]byte("a secret of some length"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(l.Seal(Ref{Owner: "a", Hash: "b"}))
	f.Add("")
	f.Fuzz(func(t *testing.T, sealed string) {
		if ref, ok := l.Read(sealed); ok && l.Seal(ref) != sealed {
			t.Errorf("%q is read as %+v", sealed, ref)
		}
	})
}

func TestTypesAreThoseOfTheContent(t *testing.T) {
	zip := "PK\x03\x04" + strings.Repeat("\x00", 60)
	mp4 := "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	for _, c := range []struct {
		head, declared, want string
		allowed, inline      bool
	}{
		{png, "image/jpeg", "image/png", true, true},
		{png, "text/html", "image/png", true, true},
		{"%PDF-1.7", "image/png", "application/pdf", true, false},
		{"<html><body>", "image/png", "text/html", false, false},
		{"<!DOCTYPE html>", "text/plain", "text/html", false, false},
		{`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">`, "image/png", "image/svg+xml", false, false},
		{"hello there", "text/html", "text/plain", true, false},
		{"hello there", "text/csv; charset=utf-8", "text/csv", true, false},
		{"hello there", "image/png", "text/plain", true, false},
		{"MZ\x90\x00" + strings.Repeat("\x00", 80), "image/png", "application/vnd.microsoft.portable-executable", false, false},
		{"#!/bin/sh\nrm -r /", "text/plain", "text/x-shellscript", false, false},
		{zip, "application/pdf", "application/zip", false, false},
		{"\x00\x01\x02", "image/png", unknownType, false, false},
		{mp4, "", "video/mp4", true, true},
		{mp4, "audio/mp4", "audio/mp4", true, true},
		{mp4, "audio/mpeg", "video/mp4", true, true},
		{mp4, "text/html", "video/mp4", true, true},
		{"\x1a\x45\xdf\xa3\x9fB\x82\x84webm", "audio/webm;codecs=opus", "audio/webm", true, true},
		{"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead", "audio/ogg; codecs=opus", "audio/ogg", true, true},
		{"\x1f\x8b\x08\x00", "image/png", "application/gzip", false, false},
		{"#!AMR\n", "audio/amr", "audio/amr", true, true},
		{"{\\rtf1", "", "text/rtf", true, false},
	} {
		got := typeOf([]byte(c.head), c.declared)
		if got != c.want || Allowed(got, DefaultTypes()) != c.allowed || Inline(got) != c.inline {
			t.Errorf("%q said to be %q: %s, allowed %v, inline %v", c.head[:min(len(c.head), 12)], c.declared, got, Allowed(got, DefaultTypes()), Inline(got))
		}
	}
	if !Allowed("image/x", []string{"image/*"}) || Allowed("imagex/x", []string{"image/*"}) || !Allowed("a/b", []string{"*/*"}) || Allowed("", []string{"*/*"}) {
		t.Error("families are not matched right")
	}
}
