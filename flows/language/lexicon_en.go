package language

import "time"

func english() *lexicon {
	return &lexicon{
		tag: "en",
		yes: "yes|yep|yeah|yea|yup|ya|yah|ye|yess|yesss|aye|sure|sure thing|of course|certainly|absolutely|definitely|" +
			"indeed|affirmative|agreed|i agree|agree|ok?|okay?|okey?|k?|kk?|alright|all right|correct|thats right|thats correct|" +
			"right?|true?|y?|fine?|sounds good|go ahead|please do|do it|i do?|i am?|i have?|it is?|they are?|we do?|gladly|" +
			"by all means|no problem|no worries|why not|not a problem|you bet|confirm|confirmed|i confirm|exactly|perfect?|" +
			"👍|✅|👌|🙆|✔|☑|💯|🆗|🙆‍♂|🙆‍♀",
		no: "no|nope|nah|naw|nay|noo|nooo|n?|never?|no way|no thanks|no thank you|not at all|not really|not now|not yet|" +
			"not today|not at the moment|not right now|of course not|certainly not|absolutely not|definitely not|false?|wrong?|incorrect|not correct|not right|" +
			"thats wrong|thats not right|negative|i dont|i do not|dont|do not|i dont want|id rather not|rather not|" +
			"i dont think so|not ok|not okay|disagree|i disagree|not true|i am not|im not|it isnt|it is not|they arent|" +
			"i havent|i have not|nothing?|none?|👎|❌|🙅|✖|🚫|🙅‍♂|🙅‍♀",
		unsure: "not sure|im not sure|i am not sure|maybe|perhaps|dont know|i dont know|do not know|i do not know|dunno|" +
			"no idea|i have no idea|whatever|possibly|it depends|depends|never mind|nevermind|dont care|dont mind|🤷|🤷‍♂|🤷‍♀",
		not: "not|isnt|arent|wasnt|wont|cant|cannot",

		low: []string{"zero|none|nil", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
			"twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"},
		tens:    []string{"twenty", "thirty", "forty|fourty", "fifty", "sixty", "seventy", "eighty", "ninety"},
		joins:   []string{"T U", "TU"},
		hundred: "hundred",
		scales: map[string]int{"dozen": 12, "thousand|k": 1e3, "million|millions|mio|mln": 1e6, "billion|bn": 1e9,
			"lakh|lakhs|lac": 1e5, "crore|crores": 1e7},
		and:     "and",
		minus:   "minus|negative",
		point:   "point",
		article: "a|an",
		half:    "half",
		quarter: "quarter",
		adds:    map[string]int{"and a half|and half": 30, "and a quarter": 15, "and three quarters": 45},

		months: []string{"january|jan", "february|feb", "march|mar", "april|apr", "may", "june|jun", "july|jul",
			"august|aug", "september|sept|sep", "october|oct", "november|nov", "december|dec"},
		weekdays: []string{"sunday|sundays|sun?", "monday|mondays|mon?", "tuesday|tuesdays|tues|tue?",
			"wednesday|wednesdays|weds|wed?", "thursday|thursdays|thurs|thur|thu?", "friday|fridays|fri?",
			"saturday|saturdays|sat?"},
		ordinals: []string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
			"eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth",
			"nineteenth", "twentieth", "twenty first", "twenty second", "twenty third", "twenty fourth", "twenty fifth",
			"twenty sixth", "twenty seventh", "twenty eighth", "twenty ninth", "thirtieth", "thirty first"},
		suffixes: "st|nd|rd|th",
		days: map[string]int{"today": 0, "tomorrow|tomorow|tommorow|tommorrow|tmrw|tmr": 1, "day after tomorrow": 2,
			"yesterday": -1, "day before yesterday": -2},
		next:       "next",
		coming:     "coming|upcoming",
		this:       "this",
		last:       "last|past",
		nextWeek:   "next week|week after this",
		thisWeek:   "this week",
		ahead:      "in|within|after",
		aheadAfter: "from now|from today|later|time",
		agoAfter:   "ago",

		units: map[unit]string{secondUnit: "second|seconds|sec|secs|s", minuteUnit: "minute|minutes|min|mins|m",
			hourUnit: "hour|hours|hr|hrs|h", dayUnit: "day|days|d", weekUnit: "week|weeks|wk|wks|w", monthUnit: "month|months|mth|mths",
			yearUnit: "year|years|yr|yrs"},
		spans: map[string]time.Duration{"fortnight|fortnights": 14 * 24 * time.Hour,
			"quarter of an hour|quarter hour|quarter of hour|quarters of an hour": 15 * time.Minute},
		clock12: true,
		at:      "at|around|about|by|from",
		hour:    "o clock|oclock|h",
		past:    "past|after",
		to:      "to|til|till|before|of",
		moments: map[string]int{"noon|midday|noontime": 12 * 60, "midnight": 0},
		zones:   "gmt|utc|est|edt|pst|pdt|cet|cest|bst|jst",
		now:     "now|right now|immediately|straight away|right away",
		parts: map[part]string{
			morning:   "am|a m|a.m|in the morning|morning",
			afternoon: "pm|p m|p.m|in the afternoon|afternoon|in the evening|evening",
			night:     "at night|night",
		},
		tonight: map[string]part{"tonight|tonite": night},
		fillers: "the|on|of|please|pls|plz|it|its|is|s|ok|okay|yes|for|with|and|or so|let|us|lets|i|would|like|d|ll|" +
			"hi|hello|hey|thanks|thank you|oh|um|uh|hmm|well|approximately|approx|roughly|around|about|exactly|say|maybe|think|guess|suppose|so|then|but|we|do|make|need|want|are",
	}
}
