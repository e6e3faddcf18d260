package greenapi_test

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/greenapi"
)

// form is an upload as the API got it.
type form struct {
	Path   string
	Fields map[string]string
	Type   string
	Length int64
}

// mediaAPI takes uploads and keeps the last one.
func mediaAPI(t *testing.T, status int, answer string) (*channeltest.FakeAPI, *form) {
	t.Helper()
	got := &form{}
	return channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		got.Path, got.Type, got.Length = r.URL.EscapedPath(), r.Header.Get("Content-Type"), r.ContentLength
		channeltest.JSON(status, answer)(w, r)
	}), got
}

// read reads what the API was sent as a form.
func read(t *testing.T, f *form, body string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(f.Type)
	if err != nil {
		t.Fatalf("%q: %v", f.Type, err)
	}
	f.Fields = map[string]string{}
	r := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for {
		part, err := r.NextPart()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		name := part.FormName()
		if name == "file" {
			f.Fields["name of the file"], f.Fields["type of the file"] = part.FileName(), part.Header.Get("Content-Type")
		}
		f.Fields[name] = string(b)
	}
}

func uploader(t *testing.T, api string, from ...string) *greenapi.Channel {
	t.Helper()
	s := spec()
	s.Lists = map[string][]string{"upload_from": from}
	c, ok := channeltest.New(t, s, api).(*greenapi.Channel)
	if !ok {
		t.Fatal("not a greenapi channel")
	}
	return c
}

func media(kind channels.MediaKind, address, name, caption string) *channels.Message {
	return &channels.Message{Conversation: "15550100017@c.us", Text: caption, Media: &channels.Media{Kind: kind, URL: address, Name: name}}
}

const uploaded = `{"idMessage":"SAMPLEOUT0B2C","urlFile":"https://files.example.test/m/9"}`

func TestFilesThatOnlyTheBotCanReachAreUploaded(t *testing.T) {
	files := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/public/menu" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = io.WriteString(w, "sample bytes")
	})
	for name, c := range map[string]struct {
		message *channels.Message
		want    map[string]string
	}{
		"fetched": {media(channels.Image, files.URL+"/public/menu", "menu.png", "The menu"), map[string]string{
			"chatId": "15550100017@c.us", "fileName": "menu.png", "caption": "The menu", "file": "sample bytes",
			"name of the file": "menu.png", "type of the file": "image/png",
		}},
		"in the address": {media(channels.File, "data:text/csv;base64,YSxiCjEsMg==", "täble.csv", ""), map[string]string{
			"chatId": "15550100017@c.us", "fileName": "täble.csv", "file": "a,b\n1,2", "name of the file": "täble.csv", "type of the file": "text/csv",
		}},
		"in the address, not encoded": {media(channels.File, "data:,hello%20there", "", ""), map[string]string{
			"chatId": "15550100017@c.us", "fileName": "file.bin", "file": "hello there", "name of the file": "file.bin",
			"type of the file": "application/octet-stream",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var body string
			got := &form{}
			api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusNotFound, ""))
			s := spec()
			media := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
				got.Path, got.Type, got.Length = r.URL.EscapedPath(), r.Header.Get("Content-Type"), r.ContentLength
				channeltest.JSON(http.StatusOK, uploaded)(w, r)
			})
			s.Settings = map[string]string{"instance": "9007199254740993", "token": "marked/token-of-the-api", "webhook_token": "w", "media_url": media.URL + "/"}
			s.Lists = map[string][]string{"upload_from": {files.URL + "/public/"}}
			receipt, err := channeltest.New(t, s, api.URL).Send(t.Context(), c.message)
			if err != nil || receipt.MessageID != "SAMPLEOUT0B2C" {
				t.Fatalf("%+v, %v", receipt, err)
			}
			if err := channels.Decode(media.Sent()[0].Body, &body); err != nil {
				t.Fatal(err)
			}
			read(t, got, body)
			if d := cmp.Diff(c.want, got.Fields); d != "" {
				t.Error(d)
			}
			if got.Path != "/waInstance9007199254740993/sendFileByUpload/marked%2Ftoken-of-the-api" || got.Length != int64(len(body)) {
				t.Errorf("to %s, %d of %d bytes", got.Path, got.Length, len(body))
			}
			if n := len(api.Sent()); n != 0 {
				t.Errorf("%d requests to the other address", n)
			}
		})
	}
}

// TestOnlyFilesOfListedAddressesAreFetched: an address may come from anybody, and
// the bot stands where that anybody does not.
func TestOnlyFilesOfListedAddressesAreFetched(t *testing.T) {
	files := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, "inside"))
	host := strings.TrimPrefix(files.URL, "http://")
	for _, address := range []string{
		files.URL + "/private/x.png", files.URL + "/publicity/x.png", files.URL + "/public/../private/x.png",
		files.URL + "/public/%2e%2e/private/x.png", "https://" + host + "/public/x.png", "http://user@" + host + "/public/x.png",
		"http://" + host + ".example.test/public/x.png", "http://127.0.0.1:1/public/x.png",
	} {
		api, got := mediaAPI(t, http.StatusOK, uploaded)
		c := uploader(t, api.URL, files.URL+"/public/")
		if _, err := c.Send(t.Context(), media(channels.Image, address, "", "")); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(got.Path, "/sendFileByUrl/") || len(files.Sent()) != 0 {
			t.Errorf("%s: sent to %s, %d fetched", address, got.Path, len(files.Sent()))
		}
	}
}

func TestUploadsThatFail(t *testing.T) {
	files := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusNotFound)
		case "/closed":
			w.WriteHeader(http.StatusForbidden)
		case "/down":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/large":
			w.Header().Set("Content-Length", "200000000")
			_, _ = io.WriteString(w, "x")
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "x")
		default:
			_, _ = io.WriteString(w, "x")
		}
	})
	for address, c := range map[string]struct {
		kind channels.ErrorKind
		sent int
	}{
		files.URL + "/gone": {channels.ErrInvalid, 0}, files.URL + "/closed": {channels.ErrInvalid, 0},
		files.URL + "/down": {channels.ErrUnavailable, 0}, files.URL + "/large": {channels.ErrInvalid, 0},
		files.URL + "/cut": {channels.ErrUnknown, 0}, "data:x;base64,!": {channels.ErrInvalid, 0},
		"data:nothing": {channels.ErrInvalid, 0}, "data:,%zz": {channels.ErrInvalid, 0}, files.URL + "/there": {channels.ErrUnavailable, 1},
	} {
		api, _ := mediaAPI(t, http.StatusBadGateway, "marked/token-of-the-api")
		_, err := uploader(t, api.URL, files.URL).Send(t.Context(), media(channels.Image, address, "a.png", ""))
		fails(t, err, c.kind)
		if n := len(api.Sent()); n != c.sent {
			t.Errorf("%s: %d uploads", address, n)
		}
	}
}

// TestUploadIsNotMadeAgainForARedirect: the file is gone by then, and of one whose
// length nobody knows an empty form would arrive.
func TestUploadIsNotMadeAgainForARedirect(t *testing.T) {
	files := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "sample")
		_ = http.NewResponseController(w).Flush() // so that it has no length
	})
	lengths := make(chan int64, 9)
	api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		lengths <- r.ContentLength
		http.Redirect(w, r, r.URL.Path+"x", http.StatusTemporaryRedirect)
	})
	_, err := uploader(t, api.URL, files.URL).Send(t.Context(), media(channels.Image, files.URL+"/a", "a.png", ""))
	if _, is := err.(*channels.SendError); !is || len(api.Sent()) != 1 || <-lengths != -1 {
		t.Errorf("%v, %d uploads", err, len(api.Sent()))
	}
}

func TestUploadFromIsAListOfAddresses(t *testing.T) {
	for _, from := range []string{"files.example.test", "ftp://files.example.test/", "https://", "https://u:p@files.example.test/", "https://files.example.test/?a"} {
		s := spec()
		_, err := s.Factory.New(&channels.Config{Name: "x", Values: s.Settings, Lists: map[string][]string{"upload_from": {from}}})
		if err == nil || !strings.Contains(err.Error(), `"upload_from"`) {
			t.Errorf("%s: %v", from, err)
		}
	}
}
