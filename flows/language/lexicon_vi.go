package language

// Accents are folded away, as many people type without them. So "tối" (evening)
// and "tôi" (I) are one word here, and count as a part of the day only where "tôi"
// cannot stand.
func vietnamese() *lexicon {
	return &lexicon{
		tag: "vi",
		yes: "có|dạ có|dạ|vâng|vâng ạ|dạ vâng|ừ|ừm|uh|ok?|oke?|okay?|đúng|đúng rồi|đúng vậy|phải|được|được chứ|đồng ý|" +
			"chắc chắn|tất nhiên|dĩ nhiên|chính xác|rồi|có chứ|xác nhận",
		no: "không|dạ không|ko|k|hông|hong|kg|không ạ|không phải|không đúng|không đồng ý|không được|không cần|không muốn|" +
			"không cảm ơn|không có|sai|chưa|không bao giờ|đừng",
		unsure: "không biết|tôi không biết|không chắc|có thể|có lẽ|có không|chưa biết|chưa chắc|không rõ",

		comma: true,
		low: []string{"không", "một", "hai", "ba", "bốn|tư", "năm", "sáu", "bảy|bẩy", "tám", "chín", "mười", "mười một",
			"mười hai", "mười ba", "mười bốn", "mười lăm", "mười sáu", "mười bảy", "mười tám", "mười chín"},
		tens:     []string{"hai mươi", "ba mươi", "bốn mươi", "năm mươi", "sáu mươi", "bảy mươi", "tám mươi", "chín mươi"},
		joins:    []string{"T U"},
		afterTen: map[int]string{1: "mốt|một", 4: "tư|bốn", 5: "lăm|nhăm"},
		hundred:  "trăm",
		scales:   map[string]int{"tá": 12, "nghìn|ngàn|k": 1e3, "triệu|tr": 1e6, "tỷ|tỉ": 1e9},
		minus:    "âm",
		half:     "nửa",
		adds:     map[string]int{"rưỡi|rưởi": 30},

		monthWord:  "tháng",
		theDay:     "ngày|mùng",
		dayWord:    "thứ",
		weekdays:   []string{"chủ nhật|cn?", "thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy"},
		days:       map[string]int{"hôm nay|bữa nay": 0, "ngày mai|mai": 1, "ngày kia": 2, "hôm qua": -1, "hôm kia": -2},
		nextWeek:   "tuần sau|tuần tới",
		thisWeek:   "tuần này",
		coming:     "tới",
		this:       "này",
		ahead:      "sau|trong",
		aheadAfter: "nữa|sau",
		agoAfter:   "trước",

		units: map[unit]string{secondUnit: "giây", minuteUnit: "phút|p", hourUnit: "giờ|tiếng|tiếng đồng hồ|giờ đồng hồ|h", dayUnit: "ngày|hôm",
			weekUnit: "tuần", monthUnit: "tháng", yearUnit: "năm"},
		at:      "lúc|vào lúc|khoảng",
		hour:    "giờ|h|g",
		less:    "kém",
		moments: map[string]int{"giữa trưa": 12 * 60, "nửa đêm": 0},
		now:     "bây giờ|ngay bây giờ|ngay",
		parts: map[part]string{
			morning: "buổi sáng|sáng sớm", midday: "buổi trưa", afternoon: "buổi chiều|buổi tối", night: "ban đêm",
		},
		partsAfter: map[part]string{morning: "sáng", midday: "trưa", afternoon: "chiều|tối", night: "đêm|khuya"},
		tonight:    map[string]part{"sáng nay": morning, "trưa nay": midday, "chiều nay|tối nay": afternoon, "đêm nay": night},
		tomorrow:   map[string]part{"sáng mai": morning, "trưa mai": midday, "chiều mai|tối mai": afternoon, "đêm mai": night},
		fillers:    "vào|ngày|lúc|ạ|nhé|nha|dạ|khoảng|tầm|độ|là|cho|tôi|em|anh|chị|xin|vui lòng|cảm ơn|và|người",
	}
}
