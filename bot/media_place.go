package bot

import (
	"context"
	"strings"

	"github.com/parley-chat/parley/bot/media"
)

// A MediaPlace says where files are that people send.
type MediaPlace struct {
	// Bucket is the name of a bucket, Folder that of a folder; both are empty when
	// the files end with the process of the bot.
	Bucket, Folder string
	// Alone is true for a folder of one machine while the conversations are shared by
	// several.
	Alone bool

	store *media.Store
}

// MediaPlaceOf says where the files are that the options, or the bot folder, name,
// and asks nobody.
func MediaPlaceOf(o Options) (MediaPlace, error) {
	place, err := PlaceOf(o)
	if err != nil {
		return MediaPlace{}, err
	}
	store, err := mediaStore(o, place)
	if err != nil {
		return MediaPlace{}, err
	}
	if place.media.S3 != nil {
		return MediaPlace{Bucket: place.media.S3.Name, store: store}, nil
	}
	p := MediaPlace{Folder: mediaFolder(o, place), store: store}
	p.Alone = p.Folder != "" && o.MediaDir == "" && strings.HasPrefix(place.Kind, "redis")
	return p, nil
}

// Check says what keeps files from being kept in a bucket. It writes one, reads it
// and takes it away again.
func (p MediaPlace) Check(ctx context.Context) error {
	defer p.store.Close()
	return p.store.Check(ctx)
}
