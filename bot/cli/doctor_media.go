package cli

import (
	"context"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/media"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
)

// leastMediaDisk is what should be free for files that people send, in bytes.
const leastMediaDisk = 1 << 30

// checkMedia looks where files are kept that people send. It writes to a bucket and
// takes that away again; a folder it leaves alone, which may be another user's.
func (a *app) checkMedia(ctx context.Context, t target) []state.Finding {
	p, err := bot.MediaPlaceOf(a.optionsOf(t))
	if err != nil {
		return []state.Finding{fail("", "mend media: in bot.yaml", "%v", err)}
	}
	if p.Bucket != "" {
		if err := p.Check(ctx); err != nil {
			return []state.Finding{fail("bucket", "mend media: s3: in bot.yaml, the way to the endpoint, or what the keys may do in the bucket", "%v", err)}
		}
		return []state.Finding{ok("bucket", "%s: files can be listed, written, read and deleted", p.Bucket)}
	}
	if p.Folder == "" {
		return []state.Finding{ok("", "in a folder that ends with the bot, like the conversations")}
	}
	var all []state.Finding
	bytes, known := media.Free(p.Folder)
	switch room := filestore.Size(int64(min(bytes, 1<<62))); {
	case !known:
		all = append(all, ok("folder", "%s", p.Folder))
	case bytes < leastMediaDisk:
		all = append(all, warn("folder", "make room, or keep files for a shorter time: media: {keep: 7d}", "%s: %s free", p.Folder, room))
	default:
		all = append(all, ok("folder", "%s: %s free", p.Folder, room))
	}
	if p.Alone {
		all = append(all, warn("machines", "if the bot runs on several, name a bucket under media: s3: in bot.yaml", "files are on this machine alone, though conversations are shared"))
	}
	return all
}
