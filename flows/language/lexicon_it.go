package language

import "time"

func italian() *lexicon {
	return &lexicon{
		tag: "it",
		yes: "sì|si|sii|sisi|certo|certo che sì|certamente|sicuro|sicuramente|naturalmente|ovvio|ovviamente|" +
			"assolutamente sì|esatto|esattamente|giusto|è giusto|corretto|è corretto|va bene|vabbè|d'accordo|volentieri|" +
			"con piacere|ok?|okay?|perfetto|vero|perché no|nessun problema|non c'è problema|confermo|sì grazie|sì per favore|già",
		no: "no|noo|nope|no grazie|per niente|mai|assolutamente no|certo che no|ovviamente no|non ora|non ancora|" +
			"non oggi|falso|sbagliato|non è corretto|non è giusto|non va bene|non voglio|non sono d'accordo|meglio di no|" +
			"direi di no|nessuno|nessuna|niente|macché",
		unsure: "forse|non so|non lo so|boh|non sono sicuro|non sono sicura|nessuna idea|non ne ho idea|sì e no|dipende|può darsi",
		not:    "non",

		comma: true,
		low: []string{"zero|nessuno|nessuna", "uno|un|una", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci", "undici",
			"dodici", "tredici", "quattordici", "quindici", "sedici", "diciassette", "diciotto", "diciannove"},
		tens:  []string{"venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta"},
		joins: []string{"TU", "T U"},
		numbers: map[string]int{
			"ventuno|ventun": 21, "ventotto": 28, "trentuno|trentun": 31, "trentotto": 38, "quarantuno|quarantun": 41,
			"quarantotto": 48, "cinquantuno|cinquantun": 51, "cinquantotto": 58, "sessantuno|sessantun": 61,
			"sessantotto": 68, "settantuno|settantun": 71, "settantotto": 78, "ottantuno|ottantun": 81, "ottantotto": 88,
			"novantuno|novantun": 91, "novantotto": 98,
		},
		glued:   true,
		hundred: "cento",
		scales: map[string]int{"dozzina|dozzine": 12, "mille|mila": 1e3, "milione|milioni|mln": 1e6,
			"miliardo|miliardi|mld": 1e9},
		minus: "meno",
		point: "virgola",
		half:  "mezz|mezza|mezzo",
		adds:  map[string]int{"e mezza|e mezzo": 30, "e un quarto": 15, "meno un quarto": -15, "e tre quarti": 45},

		months: []string{"gennaio|gen|genn", "febbraio|feb|febb", "marzo|mar", "aprile|apr", "maggio|mag", "giugno|giu",
			"luglio|lug", "agosto|ago", "settembre|sett|set", "ottobre|ott", "novembre|nov", "dicembre|dic"},
		weekdays: []string{"domenica|dom?", "lunedì|lun?", "martedì|mar?", "mercoledì|mer?", "giovedì|gio?",
			"venerdì|ven?", "sabato|sab?"},
		ordinals:   []string{"primo"},
		theDay:     "il|il giorno",
		days:       map[string]int{"oggi": 0, "domani": 1, "dopodomani|dopo domani": 2, "ieri": -1, "l'altro ieri|altro ieri": -2},
		coming:     "prossimo|prossima|che viene",
		this:       "questo|questa",
		last:       "scorso|scorsa|passato|passata|ultimo|ultima",
		nextWeek:   "prossima settimana|settimana prossima|la settimana prossima|della prossima settimana",
		thisWeek:   "questa settimana",
		ahead:      "tra|fra|in|entro|dopo",
		aheadAfter: "dopo|più tardi",
		agoAfter:   "fa",

		units: map[unit]string{secondUnit: "secondo|secondi|sec|s", minuteUnit: "minuto|minuti|min|m", hourUnit: "ora|ore|h",
			dayUnit: "giorno|giorni|gg", weekUnit: "settimana|settimane", monthUnit: "mese|mesi", yearUnit: "anno|anni"},
		spans: map[string]time.Duration{"quarto d'ora|quarti d'ora": 15 * time.Minute, "mezzora": 30 * time.Minute,
			"un'oretta|oretta": time.Hour},
		at:      "alle|all|ore|alle ore|verso le|le|per le|dalle",
		hour:    "h|in punto",
		plus:    "e",
		less:    "meno",
		moments: map[string]int{"mezzogiorno": 12 * 60, "mezzanotte": 0},
		now:     "ora|adesso|subito",
		parts: map[part]string{
			morning:   "di mattina|del mattino|della mattina|mattina|al mattino",
			afternoon: "di pomeriggio|del pomeriggio|pomeriggio|di sera|della sera|sera",
			night:     "di notte|della notte|notte",
		},
		tonight: map[string]part{"stasera|questa sera": afternoon, "stamattina|questa mattina|stamani": morning,
			"stanotte|questa notte": night, "oggi pomeriggio|questo pomeriggio": afternoon},
		fillers: "il|lo|la|le|i|gli|l|di|del|della|dell|per favore|grazie|sì|ok|circa|quasi|a|al|è|sono|e|" +
			"vorrei|ciao|buongiorno|per|esattamente|giorno",
	}
}
