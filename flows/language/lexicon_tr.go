package language

import "time"

func turkish() *lexicon {
	return &lexicon{
		tag: "tr",
		yes: "evet|eve|evt|he|hee|tabii|tabi|tabii ki|tabi ki|elbette|kesinlikle|olur|tamam|tmm|tamamdır|peki|doğru|" +
			"aynen|onaylıyorum|kabul|kabul ediyorum|isterim|istiyorum|neden olmasın|sorun değil|sorun yok|ok?|okey?|var|evet lütfen",
		no: "hayır|hayir|hyr|yok|olmaz|istemiyorum|istemem|hayır teşekkürler|kesinlikle hayır|asla|yanlış|doğru değil|" +
			"tabii ki hayır|kabul etmiyorum|henüz değil|şimdi değil|değil|gerek yok|hiç",
		unsure: "bilmiyorum|belki|emin değilim|olabilir|fikrim yok|hiç fikrim yok|kararsızım|fark etmez",

		comma: true,
		low: []string{"sıfır|hiç", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz", "on", "on bir|onbir", "on iki|oniki",
			"on üç|onüç", "on dört|ondört", "on beş|onbeş", "on altı|onaltı", "on yedi|onyedi", "on sekiz|onsekiz",
			"on dokuz|ondokuz"},
		tens:    []string{"yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan"},
		joins:   []string{"T U", "TU"},
		glued:   true,
		hundred: "yüz",
		scales:  map[string]int{"düzine": 12, "bin": 1e3, "milyon": 1e6, "milyar": 1e9},
		minus:   "eksi",
		half:    "yarım",
		adds:    map[string]int{"buçuk": 30},

		months: []string{"ocak", "şubat", "mart", "nisan", "mayıs", "haziran", "temmuz", "ağustos", "eylül", "ekim",
			"kasım", "aralık"},
		weekdays:   []string{"pazar|pazar günü", "pazartesi", "salı", "çarşamba", "perşembe", "cuma", "cumartesi"},
		days:       map[string]int{"bugün": 0, "yarın": 1, "öbür gün": 2, "dün": -1, "evvelsi gün|önceki gün": -2},
		next:       "haftaya|gelecek",
		coming:     "önümüzdeki",
		this:       "bu",
		last:       "geçen",
		nextWeek:   "gelecek hafta|önümüzdeki hafta|haftaya",
		thisWeek:   "bu hafta",
		aheadAfter: "sonra|içinde",
		agoAfter:   "önce",

		units: map[unit]string{secondUnit: "saniye|sn", minuteUnit: "dakika|dk|dakka", hourUnit: "saat|sa", dayUnit: "gün", weekUnit: "hafta",
			monthUnit: "ay", yearUnit: "yıl|sene"},
		spans:   map[string]time.Duration{"çeyrek saat": 15 * time.Minute},
		at:      "saat",
		moments: map[string]int{"gece yarısı": 0},
		now:     "şimdi|hemen",
		parts: map[part]string{
			morning: "sabah|sabahleyin", midday: "öğle|öğlen|öğleyin",
			afternoon: "öğleden sonra|akşam|akşamüstü|akşamleyin|ikindi", night: "gece|geceleyin",
		},
		tonight: map[string]part{"bu akşam": afternoon, "bu gece": night, "bu sabah": morning},
		fillers: "de|da|te|ta|den|dan|ten|tan|günü|tarihi|tarihinde|lütfen|evet|yaklaşık|civarı|gibi|kadar|" +
			"teşekkürler|e|a|ye|ya|i|u|ve|kişi|tane|merhaba|için",
	}
}
