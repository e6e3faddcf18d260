package language

import "time"

func german() *lexicon {
	return &lexicon{
		tag: "de",
		yes: "ja|jo|jep|jepp|jup|jap|jaa|jawohl|klar|na klar|aber klar|sicher|natürlich|natuerlich|selbstverständlich|" +
			"genau|richtig|stimmt|korrekt|einverstanden|gerne|gern|ja gerne|ja bitte|auf jeden fall|in ordnung|passt|" +
			"doch|okay?|ok?|okey?|gut|wahr|bestätigt|absolut|warum nicht|kein problem|mach das",
		no: "nein|ne|nee|nö|noe|nein danke|nicht|auf keinen fall|keinesfalls|niemals|nie|falsch|stimmt nicht|" +
			"nicht richtig|nicht korrekt|gar nicht|überhaupt nicht|natürlich nicht|lieber nicht|eher nicht|noch nicht|" +
			"heute nicht|jetzt nicht|keine|keiner|passt nicht|nicht einverstanden|leider nein|leider nicht|will nicht|möchte nicht",
		unsure: "vielleicht|weiß nicht|weiss nicht|ich weiß nicht|ich weiß es nicht|weiß ich nicht|keine ahnung|" +
			"nicht sicher|bin nicht sicher|jein|ja und nein|mal sehen|kommt darauf an|egal",
		not: "kein|keinen",

		comma: true,
		low: []string{"null|keine|keiner", "eins|ein|eine|einen|einem|einer", "zwei|zwo", "drei", "vier", "fünf|fuenf", "sechs",
			"sieben", "acht", "neun", "zehn", "elf", "zwölf|zwoelf", "dreizehn", "vierzehn", "fünfzehn|fuenfzehn",
			"sechzehn", "siebzehn", "achtzehn", "neunzehn"},
		tens: []string{"zwanzig", "dreißig|dreissig|dreizig", "vierzig", "fünfzig|fuenfzig", "sechzig", "siebzig",
			"achtzig", "neunzig"},
		joins:   []string{"UundT", "U und T"},
		glued:   true,
		hundred: "hundert",
		scales: map[string]int{"dutzend": 12, "tausend|tsd": 1e3, "million|millionen|mio": 1e6,
			"milliarde|milliarden|mrd": 1e9},
		and:   "und",
		minus: "minus",
		point: "komma",
		mixed: map[string]int{"anderthalb|eineinhalb|einundeinhalb": 150, "zweieinhalb": 250, "dreieinhalb": 350,
			"viereinhalb": 450, "fünfeinhalb": 550, "sechseinhalb": 650, "siebeneinhalb": 750, "achteinhalb": 850,
			"neuneinhalb": 950, "zehneinhalb": 1050},
		half: "halb|halbe|halben|halber|halbes",
		adds: map[string]int{"und eine halbe|und ein halb|und ein halbes": 30},

		months: []string{"januar|jänner|jaenner|jan", "februar|feber|feb", "märz|maerz|mär|mrz", "april|apr", "mai",
			"juni|juno|jun", "juli|julei|jul", "august|aug", "september|sept|sep", "oktober|okt", "november|nov",
			"dezember|dez"},
		weekdays: []string{"sonntag|sonntags|so?", "montag|montags|mo?", "dienstag|dienstags|di?",
			"mittwoch|mittwochs|mi?", "donnerstag|donnerstags|do?", "freitag|freitags|fr?",
			"samstag|samstags|sonnabend|sa?"},
		ordinals: []string{"erste|erster|ersten", "zweite|zweiter|zweiten", "dritte|dritter|dritten",
			"vierte|vierter|vierten", "fünfte|fünfter|fünften", "sechste|sechster|sechsten", "siebte|siebter|siebten",
			"achte|achter|achten", "neunte|neunter|neunten", "zehnte|zehnter|zehnten", "elfte|elfter|elften",
			"zwölfte|zwölfter|zwölften"},
		dotted: true,
		days:   map[string]int{"heute": 0, "morgen": 1, "übermorgen|uebermorgen": 2, "gestern": -1, "vorgestern": -2},
		next:   "nächsten|nächste|nächster|nächstes|nächstem|naechsten|naechste|naechster",
		coming: "kommenden|kommende|kommender|kommendes",
		this:   "diesen|diese|dieser|dieses|diesem",
		last:   "letzten|letzte|letzter|letztes|vergangenen|vorigen|vorige",
		nextWeek: "nächste woche|nächster woche|naechste woche|kommende woche|kommender woche|" +
			"in der nächsten woche|der nächsten woche",
		thisWeek:   "diese woche|dieser woche",
		ahead:      "in|binnen|nach",
		aheadAfter: "später",
		ago:        "vor",

		units: map[unit]string{secondUnit: "sekunde|sekunden|sek|s", minuteUnit: "minute|minuten|min|m", hourUnit: "stunde|stunden|std|h",
			dayUnit: "tag|tage|tagen|t", weekUnit: "woche|wochen", monthUnit: "monat|monate|monaten|monats", yearUnit: "jahr|jahre|jahren"},
		spans: map[string]time.Duration{"viertelstunde|viertelstunden|viertel stunde": 15 * time.Minute,
			"dreiviertelstunde|dreiviertel stunde": 45 * time.Minute, "halbstunde": 30 * time.Minute},
		at:       "um|gegen|ab",
		hour:     "uhr|h",
		past:     "nach",
		to:       "vor",
		half6:    "halb",
		quarter6: "dreiviertel|drei viertel",
		quarter:  "viertel",
		moments:  map[string]int{"mitternacht": 0},
		now:      "jetzt|sofort|jetzt gleich",
		parts: map[part]string{
			morning:   "früh|frueh|morgens|vormittag|vormittags|am morgen|am vormittag|in der früh|heute morgen",
			midday:    "mittag|mittags|am mittag",
			afternoon: "nachmittag|nachmittags|am nachmittag|abend|abends|am abend",
			night:     "nacht|nachts|in der nacht",
		},
		tonight: map[string]part{"heute morgen|heute früh": morning, "heute abend|heut abend": afternoon},
		fillers: "am|den|der|dem|die|das|im|bitte|danke|ja|ok|und|etwa|ca|circa|ungefähr|rund|genau|also|ich|hätte|" +
			"gern|gerne|hallo|es|ist|sind|zum|bis|dann|für",
	}
}
