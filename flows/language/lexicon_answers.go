package language

// answersOnly are the languages of which only yes and no are known, and how numbers
// are written in digits.
var answersOnly = []*lexicon{
	{
		tag: "pl", comma: true, spaced: true,
		yes:    "tak|ta|jasne|oczywiście|pewnie|zgadza się|zgoda|dobrze|dobra|w porządku|racja|prawda|potwierdzam|chcę|poproszę|czemu nie",
		no:     "nie|nie dziękuję|nigdy|skąd|absolutnie nie|oczywiście że nie|nieprawda|źle|jeszcze nie|nie teraz|nie chcę|nie zgadzam się",
		unsure: "nie wiem|może|być może|nie jestem pewien|nie jestem pewna|no|chyba",
	},
	{
		tag: "uk", comma: true, spaced: true,
		yes:    "так|ага|угу|звичайно|звісно|авжеж|добре|гаразд|вірно|правильно|згоден|згодна|хочу|можна|підтверджую|правда",
		no:     "ні|неа|ні дякую|ніколи|звичайно ні|не хочу|не треба|не зараз|ще ні|неправильно|невірно|не згоден|не згодна",
		unsure: "не знаю|може|можливо|мабуть|не впевнений|не впевнена",
		not:    "не",
	},
	{
		tag: "cs", comma: true, spaced: true,
		yes:    "ano|jo|jasně|jistě|určitě|samozřejmě|dobře|souhlasím|správně|v pořádku|pravda|chci|potvrzuji",
		no:     "ne|nee|ne děkuji|nikdy|určitě ne|vůbec ne|ještě ne|teď ne|nechci|nesouhlasím|špatně|nepravda",
		unsure: "nevím|možná|nejsem si jistý|nejsem si jistá|asi",
	},
	{
		tag: "sv", comma: true, spaced: true,
		yes:    "ja|japp|jo|jajamän|javisst|visst|självklart|absolut|precis|stämmer|det stämmer|rätt|gärna|okej?|bra|sant|visst ja",
		no:     "nej|nä|nepp|nej tack|aldrig|absolut inte|inte alls|inte nu|inte än|fel|stämmer inte|falskt",
		unsure: "vet inte|jag vet inte|kanske|osäker|inte säker|ingen aning",
		not:    "inte",
	},
	{
		tag: "da", comma: true,
		yes:    "ja|jep|jo|jada|selvfølgelig|naturligvis|bestemt|helt sikkert|rigtigt|det er rigtigt|korrekt|gerne|okay?|sandt|klart",
		no:     "nej|næ|nej tak|aldrig|slet ikke|overhovedet ikke|ikke nu|ikke endnu|forkert|falsk",
		unsure: "ved ikke|jeg ved ikke|måske|ikke sikker|det ved jeg ikke",
		not:    "ikke",
	},
	{
		tag: "nb", comma: true, spaced: true,
		yes:    "ja|japp|jo|jada|selvfølgelig|selvsagt|absolutt|helt sikkert|riktig|det stemmer|stemmer|korrekt|gjerne|ok?|sant|klart",
		no:     "nei|nope|nei takk|aldri|ikke i det hele tatt|absolutt ikke|ikke nå|ikke ennå|feil|galt|stemmer ikke",
		unsure: "vet ikke|jeg vet ikke|kanskje|usikker|ikke sikker|det vet jeg ikke",
		not:    "ikke",
	},
	{
		tag: "fi", comma: true, spaced: true,
		yes:    "kyllä|joo|juu|jep|totta kai|tietysti|toki|varmasti|oikein|pitää paikkansa|selvä|sopii|okei?|totta|kyllä kiitos",
		no:     "ei|en|eipä|ei kiitos|ei koskaan|ei todellakaan|ei vielä|ei nyt|väärin|väärä",
		unsure: "en tiedä|ehkä|en ole varma|mahdollisesti|en osaa sanoa",
	},
	{
		tag: "el", comma: true,
		yes:    "ναι|ναί|μάλιστα|βέβαια|βεβαίως|φυσικά|σίγουρα|σωστά|ακριβώς|εντάξει|συμφωνώ|αμέ|αλήθεια|nai",
		no:     "όχι|οχι|όχι ευχαριστώ|ποτέ|φυσικά όχι|λάθος|διαφωνώ|καθόλου|όχι τώρα|όχι ακόμα|oxi|ohi",
		unsure: "δεν ξέρω|ίσως|μπορεί|δεν είμαι σίγουρος|δεν είμαι σίγουρη",
		not:    "δεν|μη",
	},
	{
		tag:    "he",
		yes:    "כן|בטח|ברור|כמובן|בהחלט|נכון|בסדר|אוקיי|אוקי|סבבה|מסכים|מסכימה|מאשר|מאשרת|כן בבקשה",
		no:     "לא|לא תודה|ממש לא|בכלל לא|אף פעם|לא נכון|עדיין לא|לא עכשיו|בטח שלא|ברור שלא|לא רוצה",
		unsure: "לא יודע|לא יודעת|אולי|לא בטוח|לא בטוחה|אין לי מושג",
	},
	{
		tag: "ro", comma: true,
		yes:    "da|sigur|desigur|bineînțeles|evident|corect|exact|de acord|bine|adevărat|confirm|cu plăcere|normal|vreau",
		no:     "nu|ba|nu mulțumesc|niciodată|deloc|sigur că nu|desigur că nu|greșit|fals|nu acum|nu încă|nu vreau|nu sunt de acord",
		unsure: "nu știu|poate|nu sunt sigur|nu sunt sigură|habar n-am",
	},
	{
		tag: "hu", comma: true, spaced: true,
		yes:    "igen|ja|aha|persze|természetesen|biztosan|helyes|rendben|jó|oké?|egyetértek|igaz|így van|szeretném",
		no:     "nem|dehogy|nem köszönöm|soha|egyáltalán nem|persze hogy nem|helytelen|rossz|még nem|most nem|nem kérem",
		unsure: "nem tudom|talán|nem vagyok biztos|esetleg|fogalmam sincs",
	},
	{
		tag:    "zh",
		yes:    "是|是的|对|对的|對|對的|好|好的|好啊|行|可以|没错|沒錯|当然|當然|嗯|嗯嗯|要|确认|確認|同意|没问题|沒問題|没有问题|沒有問題|正确|正確|愿意|願意|需要|想",
		no:     "不|不是|不是的|不对|不對|不好|不行|不可以|不要|不用|不用了|不想|不需要|不同意|不愿意|不願意|没有|沒有|没|沒|错|錯|错误|錯誤|当然不|當然不|算了|不了",
		unsure: "不知道|不清楚|不确定|不確定|也许|也許|可能|随便|隨便|是吗|是嗎|对吗|對嗎|好吗|好嗎|行吗|行嗎|可以吗|可以嗎|是不是|对不对|好不好|可不可以|要不要|行不行",
	},
	{
		tag: "ja",
		yes: "はい|はいはい|ええ|うん|そう|そうです|そうですね|もちろん|もちろんです|お願いします|はいお願いします|いいです|いいですよ|いいよ|" +
			"了解|了解です|わかりました|大丈夫|大丈夫です|オッケー|オーケー|正しい|正しいです|合ってます|合っています|同意します|ぜひ|あります|欲しい",
		no: "いいえ|いえ|いや|いやです|ううん|違う|違います|ちがう|ちがいます|だめ|ダメ|だめです|ダメです|嫌|嫌です|結構です|いいえ結構です|" +
			"いりません|要りません|不要|不要です|まだ|まだです|ない|ないです|ありません|やめます|やめておきます|そうではありません|そうじゃない",
		unsure: "わからない|わかりません|分からない|分かりません|たぶん|多分|かも|かもしれない|かもしれません|どちらでも|知りません",
	},
	{
		tag:    "ko",
		yes:    "네|네네|넵|넵넵|넹|예|응|어|그래|그래요|맞아|맞아요|맞습니다|좋아|좋아요|좋습니다|물론|물론이죠|당연하죠|당연히|알겠습니다|알겠어요|동의합니다|확인|네 맞아요|오케이|ㅇㅇ|ㅇㅋ|괜찮아요",
		no:     "아니|아니요|아니오|아뇨|아닙니다|아니에요|싫어|싫어요|싫습니다|안돼|안 돼|안돼요|안 해요|안 할래요|틀려요|틀렸어요|틀립니다|없어요|없습니다|ㄴㄴ|필요 없어요|필요없어요|아직|아직요",
		unsure: "몰라|몰라요|모르겠어요|모르겠습니다|잘 모르겠어요|아마|아마도|글쎄|글쎄요",
	},
	{
		tag: "th",
		yes: "ใช่|ใช่ครับ|ใช่ค่ะ|ใช่คะ|ครับ|ค่ะ|คะ|ได้|ได้ครับ|ได้ค่ะ|ได้เลย|ตกลง|ตกลงครับ|ตกลงค่ะ|โอเค|โอเคครับ|โอเคค่ะ|แน่นอน|ถูก|ถูกต้อง|" +
			"ถูกต้องครับ|ถูกต้องค่ะ|เอา|เอาครับ|เอาค่ะ|ต้องการ|ยืนยัน|อืม|จ้ะ|จ้า|มี",
		no: "ไม่|ไม่ครับ|ไม่ค่ะ|ไม่ใช่|ไม่ใช่ครับ|ไม่ใช่ค่ะ|ไม่ได้|ไม่ได้ครับ|ไม่ได้ค่ะ|ไม่เอา|ไม่เอาครับ|ไม่เอาค่ะ|ไม่ต้องการ|ไม่ถูก|ไม่ถูกต้อง|" +
			"ไม่ต้อง|ไม่เป็นไร|ไม่มี|ไม่มีครับ|ไม่มีค่ะ|ยัง|ผิด|ไม่ตกลง",
		unsure: "ไม่รู้|ไม่ทราบ|ไม่แน่ใจ|อาจจะ|บางที|ไม่รู้ครับ|ไม่รู้ค่ะ|ไม่ทราบครับ|ไม่ทราบค่ะ|ไม่แน่ใจครับ|ไม่แน่ใจค่ะ|ใช่ไหม|ได้ไหม|ใช่มั้ย|ได้มั้ย",
	},
	{
		tag:    "fa",
		yes:    "بله|بلی|آره|اره|آری|حتما|البته|درست|درسته|درست است|صحیح|باشه|خوبه|موافقم|اوکی|تایید|چرا که نه|مشکلی نیست",
		no:     "نه|خیر|نخیر|نه ممنون|هرگز|اصلا|نه اصلا|البته که نه|غلط|اشتباه|درست نیست|نمیخوام|نمی خواهم|مخالفم|هنوز نه|الان نه",
		unsure: "نمیدونم|نمی دانم|نمی دونم|شاید|مطمئن نیستم|ممکن است",
	},
	{
		tag:    "ur",
		yes:    "ہاں|جی|جی ہاں|ہاں جی|بالکل|ضرور|ٹھیک ہے|ٹھیک|درست|صحیح|یقینا|اوکے|haan|han|ji|ji haan|theek hai",
		no:     "نہیں|نہ|جی نہیں|نہیں شکریہ|بالکل نہیں|کبھی نہیں|ابھی نہیں|غلط|nahi|nahin|ji nahi",
		unsure: "پتہ نہیں|معلوم نہیں|شاید|مجھے نہیں معلوم",
	},
	{
		tag:    "bn",
		yes:    "হ্যাঁ|হ্যা|হা|জি|জ্বি|জি হ্যাঁ|ঠিক|ঠিক আছে|অবশ্যই|নিশ্চয়|সঠিক|আচ্ছা|ওকে",
		no:     "না|জি না|না ধন্যবাদ|নাহ|কখনও না|কখনো না|ভুল|এখন না|নয়|একদম না|ঠিক না",
		unsure: "জানি না|আমি জানি না|হয়তো|নিশ্চিত না|নিশ্চিত নই",
	},
	{
		tag:    "sw",
		yes:    "ndiyo|ndio|naam|eeh|ee|sawa|sawa sawa|sawasawa|kabisa|hakika|bila shaka|kweli|nakubali|sahihi",
		no:     "hapana|la|hapana asante|siyo|sio|kamwe|bado|si kweli|sitaki|sikubali|si sahihi",
		unsure: "sijui|labda|huenda|sina uhakika|pengine",
	},
	{
		tag:    "tl",
		yes:    "oo|opo|oho|oo naman|sige|sige po|tama|tama po|siyempre|sigurado|payag|gusto ko|meron",
		no:     "hindi|hindi po|di|ayaw|ayaw ko|ayoko|wala|wala po|mali|hindi pa|huwag|hindi salamat",
		unsure: "hindi ko alam|di ko alam|ewan|siguro|baka|hindi sigurado|hindi ako sigurado",
	},
}
