package zalo

import "github.com/parley-chat/parley/channels"

func credentials() []channels.Setting {
	return []channels.Setting{
		{
			Name: "app_id", Kind: channels.SettingText, Required: true,
			Doc:     "The number of the app at developers.zalo.me; it is part of what signs webhooks.",
			Example: `"3608465248940903967"`,
		},
		{
			Name: "oa_secret_key", Kind: channels.SettingSecret,
			Doc:     "The OA Secret Key on the app's page Webhook: Zalo signs webhooks with it. Needed unless verify is off.",
			Example: "${ env.ZALO_OA_SECRET_KEY }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without the right signature are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "token_file", Kind: channels.SettingText,
			Doc: "A file that keeps the tokens and that the bot can write: JSON with access_token, refresh_token and expires_in, as Zalo gives them. " +
				"The bot renews the access token, which lives 25 hours, and replaces the file, since a refresh token works once. " +
				"Processes on one machine, or on one file system with locks, share it. Keep it out of the bot's folder.",
			Example: "/var/lib/parley/zalo-tokens.json",
		},
		{
			Name: "refresh", Kind: channels.SettingBool, Default: "true",
			Doc:     "Whether this process renews the tokens in token_file. false only reads the file, again when its token is old or refused: somebody else renews.",
			Example: "false",
		},
		{
			Name: "app_secret", Kind: channels.SettingSecret,
			Doc:     "The secret key of the app, on its page of settings: it renews tokens. Needed with token_file unless refresh is false. It is not the oa_secret_key.",
			Example: "${ env.ZALO_APP_SECRET }",
		},
		{
			Name: "access_token", Kind: channels.SettingSecret,
			Doc:     "An OA access token, instead of token_file. It ends after 25 hours: for trying out, or where you set a new one in time by yourself.",
			Example: "${ env.ZALO_ACCESS_TOKEN }",
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: defaultAPI,
			Doc:     "The address of the OA API.",
			Example: "http://127.0.0.1:8081",
		},
		{
			Name: "template_url", Kind: channels.SettingURL,
			Doc:     "The address of the API that sends templates to phone numbers: " + defaultTemplate + ", or the api_url when that is another than Zalo's.",
			Example: "http://127.0.0.1:8082",
		},
		{
			Name: "oauth_url", Kind: channels.SettingURL,
			Doc:     "The address that renews tokens: " + defaultOAuth + ", or the api_url when that is another than Zalo's.",
			Example: "http://127.0.0.1:8083",
		},
	}
}

func behaviour() []channels.Setting {
	return []channels.Setting{
		{
			Name: "oa_id", Kind: channels.SettingText,
			Doc: "The number of the Official Account. With it the webhooks of other accounts of the app are kept as unknown, receipts are read whichever way " +
				"they name their two sides, and parley doctor says when the token is of another account.",
			Example: `"388613280878808645"`,
		},
		{
			Name: "buttons", Kind: channels.SettingEnum, Values: []string{"hide", "show", "text"}, Default: "hide",
			Doc: "How up to 5 options are shown. hide: buttons; a tap brings the option itself and is not seen in the chat. " +
				"show: buttons; a tap writes the label into the chat, and counts as that label typed. text: numbered lines, and links as text.",
			Example: "show",
		},
		{
			Name: "window", Kind: channels.SettingEnum, Values: []string{"7d", "48h"}, Default: "7d",
			Doc: "How long after the person's last message free text is sent: 7d, as long as Zalo takes it, which charges after 48 hours; " +
				"48h, only as long as it is free of charge.",
			Example: "48h",
		},
		{
			Name: "inbox", Kind: channels.SettingEnum, Values: []string{"take_over", "echo"}, Default: "take_over",
			Doc: "What a message does that an admin writes in Zalo's own chat tool: take_over silences the bot in that conversation until somebody gives it back, " +
				"echo does nothing.",
			Example: "echo",
		},
		{
			Name: "give_back", Kind: channels.SettingText,
			Doc:     "The words with which an admin gives the conversation back in Zalo's chat tool, as the whole message; people see them. None unless set.",
			Example: "Our assistant is here for you again.",
		},
		{
			Name: "groups", Kind: channels.SettingBool, Default: "false",
			Doc:     "Whether the bot answers in the groups (GMF) of the account. Otherwise their messages are events of kind unknown.",
			Example: "true",
		},
		{
			Name: "templates", Kind: channels.SettingList,
			Doc: "The ZBS templates (formerly ZNS) that flows may send, as NAME = ID(PARAMETER, PARAMETER): the name that flows use, the number of the template, " +
				"and its parameters in the order of the values. request_user_info in the place of the number is Zalo's question for a person's name and number.",
			Example: `["order_sent = 345467(customer_name, order_code)", "share = request_user_info(title, subtitle, image_url)"]`,
		},
		{
			Name: "upload_from", Kind: channels.SettingList,
			Doc: "Addresses below which files are fetched by the bot and uploaded to Zalo: documents (.pdf, .doc, .docx, .csv, up to 5 MB) and GIFs, " +
				"which Zalo takes in no other way, and pictures. What lies elsewhere goes by its address: pictures as such, the rest as links.",
			Example: `["https://files.example.com/public/"]`,
		},
	}
}
