package zalo_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
)

// files serves documents on loopback.
func files(t *testing.T) *httptest.Server {
	t.Helper()
	var animation bytes.Buffer
	if err := gif.Encode(&animation, image.NewPaletted(image.Rect(0, 0, 7, 5), color.Palette{color.Black, color.White}), nil); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/public/a.pdf", "/public/a.jpg", "/private/a.pdf":
			_, _ = w.Write([]byte("content of a file"))
		case "/public/a.gif":
			_, _ = w.Write(animation.Bytes())
		case "/public/long.pdf":
			_, _ = w.Write(make([]byte, 5<<20+1))
		case "/public/broken.gif":
			_, _ = w.Write([]byte("no GIF"))
		case "/public/closed.pdf":
			w.WriteHeader(http.StatusForbidden)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func TestFilesAreUploaded(t *testing.T) {
	server := files(t)
	const upload = `{"error":0,"message":"Success","data":{"attachment_id":"at1","token":"to1"}}`
	for name, c := range map[string]struct {
		media  channels.Media
		upload string
		want   string
		kind   channels.ErrorKind
	}{
		"document":          {channels.Media{Kind: channels.File, URL: "/public/a.pdf", Name: "Bill/2"}, "file", `"attachment":{"payload":{"token":"to1"},"type":"file"}`, ""},
		"picture":           {channels.Media{Kind: channels.Image, URL: "/public/a.jpg"}, "image", `{"attachment_id":"at1","media_type":"image"}`, ""},
		"GIF":               {channels.Media{Kind: channels.Image, URL: "/public/a.gif"}, "gif", `{"attachment_id":"at1","height":5,"media_type":"gif","width":7}`, ""},
		"too long":          {channels.Media{Kind: channels.File, URL: "/public/long.pdf"}, "", `/public/long.pdf"`, ""},
		"of another type":   {channels.Media{Kind: channels.File, URL: "/public/a.zip"}, "", `/public/a.zip"`, ""},
		"elsewhere":         {channels.Media{Kind: channels.File, URL: "/private/a.pdf"}, "", `/private/a.pdf"`, ""},
		"leaves the folder": {channels.Media{Kind: channels.File, URL: "/public/../private/a.pdf"}, "", `/private/a.pdf"`, ""},
		"no GIF":            {channels.Media{Kind: channels.Image, URL: "/public/broken.gif"}, "", "", channels.ErrInvalid},
		"closed":            {channels.Media{Kind: channels.File, URL: "/public/closed.pdf"}, "", "", channels.ErrInvalid},
		"not there now":     {channels.Media{Kind: channels.File, URL: "/public/later.pdf"}, "", "", channels.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, map[string]string{
				"/v2.0/oa/upload/file": upload, "/v2.0/oa/upload/image": upload, "/v2.0/oa/upload/gif": upload, "/v3.0/oa/message/cs": sent,
			})
			s := spec()
			s.Lists = map[string][]string{"upload_from": {server.URL + "/public"}}
			c.media.URL = server.URL + c.media.URL
			_, err := channel(t, s, api.URL).Send(t.Context(), &channels.Message{Conversation: person, Media: &c.media})
			if c.kind != "" {
				if channels.KindOf(err) != c.kind || len(api.Sent()) != 0 {
					t.Errorf("%v, %d requests", err, len(api.Sent()))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			all := api.Sent()
			if c.upload != "" {
				if !strings.HasSuffix(all[0].Path, "/upload/"+c.upload) || !strings.Contains(string(all[0].Body), `name=\"file\"`) {
					t.Errorf("%s %.300s", all[0].Path, all[0].Body)
				}
				all = all[1:]
			}
			if len(all) != 1 || !strings.Contains(string(all[0].Body), c.want) {
				t.Errorf("%+v", all)
			}
		})
	}
}

func TestAnUploadThatFailsSendsNothing(t *testing.T) {
	server := files(t)
	for body, want := range map[string]channels.ErrorKind{
		`{"error":-211,"message":"Out of quota"}`: channels.ErrRateLimited, `{"error":0,"data":{}}`: channels.ErrRefused, `{`: channels.ErrRefused,
	} {
		api := answers(t, map[string]string{"/v2.0/oa/upload/file": body, "/v3.0/oa/message/cs": sent})
		s := spec()
		s.Lists = map[string][]string{"upload_from": {server.URL}}
		m := &channels.Message{Conversation: person, Media: &channels.Media{Kind: channels.File, URL: server.URL + "/public/a.pdf"}}
		if _, err := channel(t, s, api.URL).Send(t.Context(), m); channels.KindOf(err) != want || len(api.Sent()) != 1 {
			t.Errorf("%s: %v", body, err)
		}
	}
}
