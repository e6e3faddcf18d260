package language

import "time"

func dutch() *lexicon {
	return &lexicon{
		tag: "nl",
		yes: "ja|jaa|jep|jazeker|zeker|zeker weten|natuurlijk|uiteraard|tuurlijk|absoluut|klopt|dat klopt|correct|juist|" +
			"goed|is goed|prima|akkoord|mee eens|graag|ja graag|ja hoor|oké?|oke?|ok?|okay?|waar|waarom niet|geen probleem|" +
			"inderdaad|precies|doe maar",
		no: "nee|neen|neej|nope|nee bedankt|nee dank je|nee hoor|helemaal niet|zeker niet|absoluut niet|natuurlijk niet|" +
			"nooit|nog niet|nu niet|vandaag niet|liever niet|klopt niet|dat klopt niet|niet correct|niet juist|onjuist|" +
			"fout|onwaar|niet akkoord|niet mee eens|geen|niets|wil niet|niet goed",
		unsure: "misschien|weet niet|ik weet het niet|weet ik niet|weet het niet|geen idee|niet zeker|ja en nee|hangt ervan af|maakt niet uit",
		not:    "niet",

		comma: true,
		low: []string{"nul|geen", "een|één|eén", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf",
			"dertien", "veertien", "vijftien", "zestien", "zeventien", "achttien", "negentien"},
		tens:    []string{"twintig", "dertig", "veertig", "vijftig", "zestig", "zeventig", "tachtig", "negentig"},
		joins:   []string{"UenT", "U en T"},
		glued:   true,
		hundred: "honderd",
		scales:  map[string]int{"dozijn": 12, "duizend": 1e3, "miljoen|mln": 1e6, "miljard|mld": 1e9},
		and:     "en",
		minus:   "min",
		point:   "komma",
		mixed:   map[string]int{"anderhalf|anderhalve": 150},
		half:    "half|halve|halfje",
		adds:    map[string]int{"en een half|en een halve|eneenhalf|eneenhalve": 30},

		months: []string{"januari|jan", "februari|feb", "maart|mrt", "april|apr", "mei", "juni|jun", "juli|jul",
			"augustus|aug", "september|sept|sep", "oktober|okt", "november|nov", "december|dec"},
		weekdays: []string{"zondag|zo?", "maandag|ma?", "dinsdag|di?", "woensdag|wo?", "donderdag|do?", "vrijdag|vr?",
			"zaterdag|za?"},
		ordinals: []string{"eerste", "tweede", "derde", "vierde", "vijfde", "zesde", "zevende", "achtste", "negende",
			"tiende", "elfde", "twaalfde"},
		suffixes:   "e|ste|de",
		days:       map[string]int{"vandaag": 0, "morgen": 1, "overmorgen": 2, "gisteren": -1, "eergisteren": -2},
		next:       "volgende",
		coming:     "komende|aanstaande|aankomende",
		this:       "deze|dit",
		last:       "vorige|afgelopen|laatste",
		nextWeek:   "volgende week|komende week",
		thisWeek:   "deze week",
		ahead:      "over|binnen|na",
		aheadAfter: "later",
		agoAfter:   "geleden",

		units: map[unit]string{secondUnit: "seconde|seconden|sec|s", minuteUnit: "minuut|minuten|min|m", hourUnit: "uur|uren|uurtje|u",
			dayUnit: "dag|dagen|d", weekUnit: "week|weken", monthUnit: "maand|maanden", yearUnit: "jaar|jaren"},
		spans:   map[string]time.Duration{"kwartier|kwartiertje": 15 * time.Minute, "halfuur|halfuurtje": 30 * time.Minute},
		at:      "om|rond|tegen|vanaf",
		hour:    "uur|u|h",
		past:    "over",
		to:      "voor",
		half6:   "half",
		quarter: "kwart",
		moments: map[string]int{"middernacht": 0},
		now:     "nu|meteen|direct",
		parts: map[part]string{
			morning:   "'s ochtends|ochtends|ochtend|'s morgens|morgens|in de ochtend",
			midday:    "tussen de middag",
			afternoon: "'s middags|middags|middag|'s avonds|avonds|avond|in de middag|in de avond",
			night:     "'s nachts|nachts|nacht|in de nacht",
		},
		tonight: map[string]part{"vanavond": afternoon, "vanmiddag": afternoon, "vanochtend|vanmorgen": morning, "vannacht": night},
		fillers: "de|het|op|van|alstublieft|alsjeblieft|bedankt|graag|ja|ok|oke|ongeveer|circa|zo n|en|is|ik|wil|hallo|voor|s",
	}
}
