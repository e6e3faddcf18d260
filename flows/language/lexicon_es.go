package language

import "time"

func spanish() *lexicon {
	return &lexicon{
		tag: "es",
		yes: "sí|si|sii|sip|sep|claro|claro que sí|por supuesto|desde luego|vale|dale|de acuerdo|correcto|exacto|" +
			"exactamente|así es|es correcto|está bien|esta bien|bueno|perfecto|ok?|okay?|okey?|verdadero|cierto|" +
			"efectivamente|sin problema|no hay problema|ningún problema|por qué no|cómo no|como no|seguro|confirmo|" +
			"sí por favor|sí gracias|ya",
		no: "no|nop|nope|no gracias|para nada|nunca|jamás|claro que no|por supuesto que no|de ninguna manera|" +
			"ahora no|todavía no|aún no|hoy no|mejor no|falso|incorrecto|no es correcto|no está bien|no quiero|" +
			"no estoy de acuerdo|en absoluto|ninguno|ninguna|nada|tampoco",
		unsure: "no sé|no lo sé|no se|no lo se|quizás|quizá|tal vez|a lo mejor|ni idea|no estoy seguro|no estoy segura|" +
			"sí y no|depende|puede ser|me da igual",
		not: "ni",

		comma: true, spaced: true,
		low: []string{"cero|ninguno|ninguna", "uno|un|una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once",
			"doce", "trece", "catorce", "quince", "dieciséis|diez y seis", "diecisiete|diez y siete",
			"dieciocho|diez y ocho", "diecinueve|diez y nueve"},
		tens:  []string{"veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"},
		joins: []string{"T y U"},
		numbers: map[string]int{
			"veintiuno|veintiún|veintiuna": 21, "veintidós": 22, "veintitrés": 23, "veinticuatro": 24, "veinticinco": 25,
			"veintiséis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
			"cien|ciento": 100, "doscientos|doscientas": 200, "trescientos|trescientas": 300,
			"cuatrocientos|cuatrocientas": 400, "quinientos|quinientas": 500, "seiscientos|seiscientas": 600,
			"setecientos|setecientas": 700, "ochocientos|ochocientas": 800, "novecientos|novecientas": 900,
		},
		scales: map[string]int{"docena|docenas": 12, "mil": 1e3, "millón|millones": 1e6},
		minus:  "menos",
		point:  "coma|punto",
		half:   "media|medio",
		adds:   map[string]int{"y media|y medio": 30, "y cuarto|y un cuarto": 15, "menos cuarto|menos un cuarto": -15},

		months: []string{"enero|ene", "febrero|feb", "marzo|mar", "abril|abr", "mayo|may", "junio|jun", "julio|jul",
			"agosto|ago", "septiembre|setiembre|sept|sep|set", "octubre|oct", "noviembre|nov", "diciembre|dic"},
		weekdays: []string{"domingo|domingos|dom?", "lunes|lun?", "martes|mar?", "miércoles|mié?", "jueves|jue?",
			"viernes|vie?", "sábado|sábados|sáb?"},
		ordinals:   []string{"primero"},
		theDay:     "el|el día|día",
		days:       map[string]int{"hoy": 0, "mañana": 1, "pasado mañana": 2, "ayer": -1, "anteayer|antier|antes de ayer": -2},
		coming:     "próximo|próxima|que viene|siguiente|entrante",
		this:       "este|esta",
		last:       "pasado|pasada|último|última",
		nextWeek:   "próxima semana|semana próxima|semana que viene|siguiente semana",
		thisWeek:   "esta semana",
		ahead:      "en|dentro de|después de",
		aheadAfter: "después|más tarde",
		ago:        "hace",

		units: map[unit]string{secondUnit: "segundo|segundos|seg|s", minuteUnit: "minuto|minutos|min|m", hourUnit: "hora|horas|h|hs|hrs",
			dayUnit: "día|días|d", weekUnit: "semana|semanas|sem", monthUnit: "mes|meses", yearUnit: "año|años"},
		spans:   map[string]time.Duration{"cuarto de hora|cuartos de hora": 15 * time.Minute},
		at:      "a las|a la|las|la|sobre las|hacia las|tipo",
		hour:    "h|horas|hs|hrs|hora|en punto",
		plus:    "y|con",
		less:    "menos",
		moments: map[string]int{"mediodía|medio día": 12 * 60, "medianoche|media noche": 0},
		now:     "ahora|ahora mismo|ya",
		parts: map[part]string{
			morning:   "de la mañana|por la mañana|en la mañana|de la madrugada|a m|am",
			midday:    "del mediodía",
			afternoon: "de la tarde|por la tarde|en la tarde|p m|pm",
			night:     "de la noche|por la noche|en la noche",
		},
		tonight: map[string]part{"esta noche": night, "esta tarde": afternoon, "esta mañana": morning},
		fillers: "el|la|los|las|de|del|al|a|por favor|gracias|sí|ok|aproximadamente|unos|unas|como|más o menos|es|son|" +
			"y|quiero|quisiera|hola|para|casi|día",
	}
}
