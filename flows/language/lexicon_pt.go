package language

import "time"

func portuguese() *lexicon {
	return &lexicon{
		tag: "pt",
		yes: "sim|s|simm|claro|claro que sim|com certeza|certo|está certo|tá certo|certamente|isso|isso mesmo|exato|" +
			"exatamente|correto|está correto|pode|pode ser|pode sim|ok?|okay?|beleza|blz|de acordo|concordo|verdadeiro|" +
			"verdade|com prazer|sem problema|não há problema|não tem problema|por que não|porque não|perfeito|tá bom|" +
			"está bem|tudo bem|confirmo|quero|aceito|sim por favor|sim obrigado|sim obrigada|positivo|uhum|aham",
		no: "não|nao|naum|ñ|n|nn|não obrigado|não obrigada|de jeito nenhum|de maneira nenhuma|nunca|jamais|claro que não|" +
			"ainda não|agora não|hoje não|falso|errado|incorreto|não está certo|não quero|não concordo|nenhum|nenhuma|" +
			"nada|negativo|nem pensar|melhor não|não pode",
		unsure: "não sei|nao sei|talvez|quem sabe|não tenho certeza|sem certeza|não faço ideia|sei lá|sim e não|depende|tanto faz",

		comma: true, spaced: true,
		low: []string{"zero|nenhum|nenhuma", "um|uma", "dois|duas", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze",
			"doze", "treze", "catorze|quatorze", "quinze", "dezesseis|dezasseis", "dezessete|dezassete", "dezoito",
			"dezenove|dezanove"},
		tens:  []string{"vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta", "noventa"},
		joins: []string{"T e U"},
		numbers: map[string]int{
			"cem|cento": 100, "duzentos|duzentas": 200, "trezentos|trezentas": 300, "quatrocentos|quatrocentas": 400,
			"quinhentos|quinhentas": 500, "seiscentos|seiscentas": 600, "setecentos|setecentas": 700,
			"oitocentos|oitocentas": 800, "novecentos|novecentas": 900,
		},
		scales: map[string]int{"dúzia|dúzias": 12, "mil": 1e3, "milhão|milhões": 1e6, "bilhão|bilhões": 1e9},
		and:    "e",
		minus:  "menos",
		point:  "vírgula|ponto",
		half:   "meia|meio",
		adds:   map[string]int{"e meia|e meio": 30, "e um quarto": 15, "menos um quarto": -15},

		months: []string{"janeiro|jan", "fevereiro|fev", "março|mar", "abril|abr", "maio|mai", "junho|jun", "julho|jul",
			"agosto|ago", "setembro|set", "outubro|out", "novembro|nov", "dezembro|dez"},
		weekdays: []string{"domingo|dom?", "segunda|segunda-feira|seg?", "terça|terça-feira|ter?",
			"quarta|quarta-feira|qua?", "quinta|quinta-feira|qui?", "sexta|sexta-feira", "sábado|sáb?"},
		ordinals:   []string{"primeiro"},
		theDay:     "dia|no dia|o dia",
		days:       map[string]int{"hoje": 0, "amanhã": 1, "depois de amanhã": 2, "ontem": -1, "anteontem": -2},
		coming:     "próximo|próxima|que vem|seguinte",
		this:       "este|esta|nesta|neste|essa|nessa",
		last:       "passado|passada|último|última",
		nextWeek:   "próxima semana|semana que vem|semana seguinte|na próxima semana",
		thisWeek:   "esta semana|essa semana",
		ahead:      "em|daqui a|dentro de|após|depois de",
		aheadAfter: "depois|mais tarde",
		ago:        "há",
		agoAfter:   "atrás",

		units: map[unit]string{secondUnit: "segundo|segundos|seg|s", minuteUnit: "minuto|minutos|min|m", hourUnit: "hora|horas|h|hrs",
			dayUnit: "dia|dias|d", weekUnit: "semana|semanas", monthUnit: "mês|meses", yearUnit: "ano|anos"},
		spans:   map[string]time.Duration{"quarto de hora|quartos de hora": 15 * time.Minute},
		at:      "às|as|à|pelas|por volta das|lá pelas",
		hour:    "h|horas|hs|hrs|hora|em ponto",
		plus:    "e",
		less:    "menos",
		moments: map[string]int{"meio-dia": 12 * 60, "meia-noite": 0},
		now:     "agora|agora mesmo|já",
		parts: map[part]string{
			morning:   "da manhã|de manhã|pela manhã|da madrugada|de madrugada",
			afternoon: "da tarde|à tarde|de tarde|pela tarde",
			night:     "da noite|à noite|de noite",
		},
		tonight: map[string]part{"esta noite": night, "esta tarde": afternoon, "esta manhã": morning},
		fillers: "o|a|os|de|do|da|dia|no|na|ao|por favor|obrigado|obrigada|sim|ok|cerca de|aproximadamente|uns|umas|" +
			"mais ou menos|é|são|e|quero|queria|olá|oi|para|quase|feira",
	}
}
