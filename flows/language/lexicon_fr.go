package language

import "time"

func french() *lexicon {
	return &lexicon{
		tag: "fr",
		yes: "oui|ouais|ouai|ouaip|ui|yep|mais oui|oui merci|oui svp|bien sûr|bien sur|bien entendu|d'accord|daccord|dac|" +
			"certainement|absolument|tout à fait|exact|exactement|correct|c'est ça|c'est correct|c'est bon|volontiers|" +
			"avec plaisir|évidemment|si|vrai|ok?|okay?|pourquoi pas|pas de problème|pas de souci|parfait|je confirme",
		no: "non|nan|nn|non merci|pas du tout|jamais|pas maintenant|pas encore|pas aujourd'hui|pas vraiment|faux|" +
			"c'est faux|pas d'accord|pas correct|bien sûr que non|absolument pas|certainement pas|surtout pas|aucun|aucune|pas question",
		unsure: "peut-être|je ne sais pas|je sais pas|sais pas|aucune idée|pas sûr|pas sure|je ne suis pas sûr|" +
			"je suis pas sûr|oui et non|ça dépend",
		not: "pas|ne",

		comma: true, spaced: true,
		low: []string{"zéro|aucun|aucune", "un|une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
			"douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"},
		tens: []string{"vingt", "trente", "quarante", "cinquante", "soixante", "septante", "huitante|octante|quatre-vingt|quatre-vingts",
			"nonante"},
		joins: []string{"T U", "T et U"},
		numbers: map[string]int{
			"soixante-dix": 70, "soixante-et-onze|soixante-onze": 71, "soixante-douze": 72, "soixante-treize": 73,
			"soixante-quatorze": 74, "soixante-quinze": 75, "soixante-seize": 76, "soixante-dix-sept": 77,
			"soixante-dix-huit": 78, "soixante-dix-neuf": 79,
			"quatre-vingt-dix": 90, "quatre-vingt-onze": 91, "quatre-vingt-douze": 92, "quatre-vingt-treize": 93,
			"quatre-vingt-quatorze": 94, "quatre-vingt-quinze": 95, "quatre-vingt-seize": 96, "quatre-vingt-dix-sept": 97,
			"quatre-vingt-dix-huit": 98, "quatre-vingt-dix-neuf": 99,
		},
		hundred: "cent|cents",
		scales:  map[string]int{"douzaine|douzaines": 12, "mille|mil": 1e3, "million|millions": 1e6, "milliard|milliards": 1e9},
		minus:   "moins",
		point:   "virgule",
		half:    "demi|demie",
		adds: map[string]int{"et demie|et demi": 30, "et quart|et un quart": 15, "moins le quart|moins quart": -15,
			"et trois quarts": 45},

		months: []string{"janvier|janv", "février|févr|fév", "mars", "avril|avr", "mai", "juin", "juillet|juil", "août",
			"septembre|sept", "octobre|oct", "novembre|nov", "décembre|déc"},
		weekdays: []string{"dimanche|dim?", "lundi|lun?", "mardi|mar?", "mercredi|mer?", "jeudi|jeu?", "vendredi|ven?",
			"samedi|sam?"},
		ordinals: []string{"premier"},
		suffixes: "er",
		theDay:   "le",
		days: map[string]int{"aujourd'hui|aujourdhui|ajd": 0, "demain": 1, "après-demain": 2, "hier": -1,
			"avant-hier": -2},
		coming:     "prochain|prochaine|qui vient",
		this:       "ce|cet|cette",
		last:       "dernier|dernière|passé",
		nextWeek:   "la semaine prochaine|semaine prochaine|de la semaine prochaine",
		thisWeek:   "cette semaine",
		ahead:      "dans|d'ici|après",
		aheadAfter: "plus tard",
		ago:        "il y a",

		units: map[unit]string{secondUnit: "seconde|secondes|sec|s", minuteUnit: "minute|minutes|min|mn|m", hourUnit: "heure|heures|h",
			dayUnit: "jour|jours|j", weekUnit: "semaine|semaines|sem", monthUnit: "mois", yearUnit: "an|ans|année|années"},
		spans:   map[string]time.Duration{"quart d'heure|quarts d'heure": 15 * time.Minute},
		at:      "à|a|vers|dès",
		hour:    "heure|heures|h",
		less:    "moins",
		moments: map[string]int{"midi": 12 * 60, "minuit": 0},
		now:     "maintenant|tout de suite|immédiatement",
		parts: map[part]string{
			morning:   "du matin|le matin|matin|au matin|ce matin",
			afternoon: "de l'après-midi|l'après-midi|après-midi|cet après-midi|du soir|le soir|soir|au soir",
			night:     "de la nuit|la nuit|nuit",
		},
		tonight: map[string]part{"ce soir": afternoon, "ce matin": morning, "cet après-midi": afternoon, "cette nuit": night},
		fillers: "le|la|les|l|de|du|d|des|svp|s'il vous plaît|s'il te plaît|merci|oui|ok|environ|au|en|est|c|et|" +
			"je|voudrais|bonjour|plutôt|pour|presque|exactement",
	}
}
