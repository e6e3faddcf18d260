package language

import "time"

func indonesian() *lexicon {
	return &lexicon{
		tag: "id",
		yes: "ya|iya|iyah|yaa|ya benar|betul|benar|tentu|tentu saja|pasti|setuju|baik|baiklah|boleh|oke?|ok?|okay?|okey?|siap|" +
			"sudah|yoi|yup|ya tentu|tidak masalah|tidak apa apa|kenapa tidak|mengapa tidak|jelas|mau",
		no: "tidak|tdk|gak|ga|nggak|enggak|ngga|engga|tak|bukan|jangan|belum|tidak mau|tidak setuju|tidak benar|" +
			"tidak terima kasih|tidak usah|tidak perlu|tentu tidak|tidak pernah|salah|gak mau|ga mau|tidak boleh|tidak ada",
		unsure: "tidak tahu|gak tahu|ga tau|gak tau|nggak tahu|tidak tau|mungkin|barangkali|entah|tidak yakin|belum tahu|" +
			"kurang tahu|belum yakin|terserah",

		comma: true,
		low: []string{"nol|kosong", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh",
			"sebelas", "dua belas", "tiga belas", "empat belas", "lima belas", "enam belas", "tujuh belas",
			"delapan belas", "sembilan belas"},
		tens: []string{"dua puluh", "tiga puluh", "empat puluh", "lima puluh", "enam puluh", "tujuh puluh",
			"delapan puluh", "sembilan puluh"},
		joins:   []string{"T U"},
		numbers: map[string]int{"seratus": 100},
		hundred: "ratus",
		scales:  map[string]int{"lusin": 12, "seribu|ribu|rb": 1e3, "juta|jt": 1e6, "miliar|milyar": 1e9},
		minus:   "minus|negatif",
		point:   "koma",
		half:    "setengah",
		adds:    map[string]int{"setengah": 30},

		months: []string{"januari|jan", "februari|pebruari|feb", "maret|mar", "april|apr", "mei", "juni|jun", "juli|jul",
			"agustus|agu|agt", "september|sept|sep", "oktober|okt", "november|nopember|nov", "desember|des"},
		weekdays: []string{"minggu|hari minggu|ahad", "senin|sen?", "selasa|sel?", "rabu|rab?", "kamis|kam?",
			"jumat|jum'at|jum?", "sabtu|sab?"},
		theDay:     "tanggal|tgl",
		days:       map[string]int{"hari ini": 0, "besok|esok": 1, "lusa|besok lusa": 2, "kemarin": -1},
		next:       "depan",
		this:       "ini",
		last:       "lalu",
		nextWeek:   "minggu depan",
		thisWeek:   "minggu ini",
		ahead:      "dalam|setelah",
		aheadAfter: "lagi|kemudian",
		agoAfter:   "yang lalu|lalu",

		units: map[unit]string{secondUnit: "detik|dtk", minuteUnit: "menit|mnt|min", hourUnit: "jam", dayUnit: "hari", weekUnit: "minggu|pekan",
			monthUnit: "bulan|bln", yearUnit: "tahun|thn"},
		spans: map[string]time.Duration{"sejam": time.Hour, "semenit": time.Minute, "sehari": 24 * time.Hour,
			"seminggu|sepekan": 7 * 24 * time.Hour},
		at:      "jam|pukul",
		plus:    "lewat|lebih",
		less:    "kurang",
		half6:   "setengah",
		moments: map[string]int{"tengah malam": 0, "tengah hari": 12 * 60},
		now:     "sekarang",
		parts: map[part]string{
			morning: "pagi", midday: "siang", afternoon: "sore|petang", night: "malam",
		},
		tonight: map[string]part{"nanti malam": night, "nanti sore": afternoon, "nanti siang": midday},
		fillers: "pada|hari|tanggal|tgl|di|tolong|ya|sekitar|kira kira|kurang lebih|terima kasih|saya|mau|dan|orang|nanti|halo",
	}
}
