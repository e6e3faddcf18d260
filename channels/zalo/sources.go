package zalo

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "texts of 2,000, images of 1 MB", URL: "https://docs.zaloplatforms.com/docs/OA/tin-nhan/tin-tu-van"},
		{Fact: "the window of 7 days, free of charge for 48 hours", URL: "https://docs.zaloplatforms.com/docs/OA/tin-nhan/tong-quan"},
		{Fact: "4,000 requests a minute of an app", URL: "https://docs.zaloplatforms.com/docs/OA/phu-luc/gioi-han-toc-do-api"},
		{Fact: "webhooks are posted again after 30 s, 5, 15, 30 and 60 min", URL: "https://docs.zaloplatforms.com/docs/OA/webhook/tong-quan"},
		{Fact: "5 buttons (of v2; inferred)", URL: "https://github.com/zaloplatform/zalo-php-sdk"},
		{Fact: "buttons of 100 characters (seen), texts of 1,400 with buttons or an image; the unit of limits"},
	}
}

// variants are the settings that change what can be shown.
func variants() []channels.Variant {
	return []channels.Variant{
		{Name: "buttons", Lists: map[string][]string{"templates": {"order = 345467(code)"}, "upload_from": {"https://files.example.com/"}}},
		{Name: "text", Values: map[string]string{"buttons": "text"}},
	}
}
