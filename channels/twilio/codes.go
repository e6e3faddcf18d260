package twilio

import "github.com/parley-chat/parley/channels"

// A meaning is what a code says of a message, in our words: Twilio's may quote numbers.
type meaning struct {
	kind channels.ErrorKind
	text string
}

// The kinds, in short.
const (
	refused = channels.ErrInvalid
	mend    = channels.ErrUnauthorized
	later   = channels.ErrUnavailable
	slower  = channels.ErrRateLimited
	gone    = channels.ErrBlocked
)

// meaningOf looks a code of …/api/errors up.
func meaningOf(code string) (meaning, bool) {
	for _, codes := range []map[string]meaning{accountCodes(), requestCodes(), smsCodes(), serviceCodes()} {
		if m, ok := codes[code]; ok {
			return m, true
		}
	}
	return meaning{}, false
}

// accountCodes are those of the account, its credentials and the API.
func accountCodes() map[string]meaning {
	return map[string]meaning{
		"10001": {mend, "the account is not active"},
		"10002": {mend, "a trial account cannot do this"},
		"20003": {mend, "the credentials are wrong or may not do this"},
		"20008": {mend, "test credentials cannot do this"},
		"20404": {mend, "the account, the sender or the service is not there; see the settings account_sid and api_url"},
		"20429": {slower, "too many requests at once"},
		"20500": {later, "an error inside Twilio"},
		"20503": {later, "Twilio is unavailable"},
	}
}

// requestCodes are those of a message that is not taken.
func requestCodes() map[string]meaning {
	return map[string]meaning{
		"21211": {gone, "there is no such number"},
		"21212": {mend, "the sender is not valid"},
		"21264": {mend, "the sender's number is not verified"},
		"21265": {gone, "a short code cannot get messages"},
		"21266": {refused, "sender and receiver are the same number"},
		"21267": {mend, "a trial account has no sender ID"},
		"21268": {gone, "premium numbers get no messages"},
		"21401": {gone, "the number is not valid"},
		"21408": {mend, "the account may not send to that country; switch it on in the console"},
		"21601": {mend, "the sender's number takes no SMS"},
		"21602": {refused, "the message has no text"},
		"21603": {mend, "the message has no sender"},
		"21604": {refused, "the message has no receiver"},
		"21605": {refused, "the text is too long"},
		"21606": {mend, "the sender is none of the account's that can send this"},
		"21607": {mend, "a trial account sends from the number of the sandbox"},
		"21608": {mend, "a trial account sends to verified numbers only"},
		"21609": {mend, "the address for statuses is not valid: see public_url and status_callback"},
		"21610": {gone, "the person has unsubscribed from the sender (STOP)"},
		"21611": {slower, "the sender's queue is full"},
		"21612": {refused, "the sender cannot reach that number"},
		"21614": {gone, "the number is no mobile one"},
		"21616": {mend, "several numbers of the account match the sender"},
		"21617": {refused, "the text is over 1,600 characters"},
		"21618": {refused, "the text cannot be sent"},
		"21619": {refused, "there is neither text nor media nor a template"},
		"21620": {refused, "the address of the media is not valid"},
		"21621": {refused, "the sender's number has no MMS; see the setting mms"},
		"21622": {refused, "the account has no MMS; see the setting mms"},
		"21623": {refused, "there are too many media"},
		"21635": {gone, "a landline gets no messages"},
		"21654": {refused, "the message needs a template"},
		"21655": {refused, "there is no such template; see the settings templates, button_contents and list_contents"},
		"21656": {refused, "the values of the template are not valid"},
		"21657": {mend, "the sender ID is not valid"},
		"21658": {refused, "a value is too long"},
		"21659": {mend, "the sender is no number of Twilio's, or a short code of another country"},
		"21660": {mend, "the sender is another account's"},
		"21661": {mend, "the sender's number takes no SMS"},
		"21662": {mend, "sender and receiver cannot be used in this region"},
		"21663": {mend, "the sender's number is not set up for this region"},
		"21668": {mend, "numbers like the sender's cannot be used in this region"},
		"21701": {mend, "there is no such Messaging Service"},
		"21702": {mend, "the Messaging Service cannot send now"},
		"21703": {mend, "the Messaging Service has no sender for the message"},
		"21704": {mend, "the Messaging Service has no senders"},
		"21705": {mend, "the Messaging Service is not valid"},
		"21709": {mend, "the Messaging Service may not use the sender ID"},
		"21711": {mend, "the sender is not in the Messaging Service"},
		"21712": {mend, "the sender is in another Messaging Service"},
		"21910": {refused, "sender and receiver are of different services"},
	}
}

// smsCodes are those of a message that was taken, mostly in status callbacks.
func smsCodes() map[string]meaning {
	return map[string]meaning{
		"30001": {slower, "the queue is full, or the message waited too long in it"},
		"30002": {mend, "the account is suspended"},
		"30003": {gone, "the phone is off or out of reach"},
		"30004": {gone, "the number takes no messages from the sender"},
		"30005": {gone, "the number is unknown"},
		"30006": {gone, "a landline, or a carrier that cannot be reached"},
		"30007": {refused, "filtered by Twilio or the carrier"},
		"30008": {later, "not delivered, for a reason that the carrier does not tell"},
		"30010": {refused, "the message is too expensive"},
		"30011": {refused, "the number takes no MMS; see the setting mms"},
		"30016": {refused, "sender and receiver are of different services"},
		"30017": {later, "the carrier's network is congested"},
		"30018": {mend, "the carrier wants the sender ID registered"},
		"30019": {refused, "too large for the carrier"},
		"30020": {later, "an error inside Twilio"},
		"30021": {later, "an error inside Twilio"},
		"30022": {slower, "the rate limit of the US campaign is reached"},
		"30023": {slower, "the day's limit of the US brand is reached"},
		"30024": {mend, "the carrier does not know the sender"},
		"30027": {slower, "the day's limit of T-Mobile is reached"},
		"30032": {mend, "the toll-free number is not verified"},
		"30033": {mend, "the US campaign is suspended"},
		"30034": {mend, "the number is in no US campaign"},
		"30035": {mend, "the number is still being set up"},
		"30036": {refused, "the message waited too long at Twilio"},
		"30037": {mend, "sending is switched off for the account"},
		"30038": {refused, "filtered as a one-time password"},
		"30039": {refused, "filtered as an endless exchange of messages"},
		"30040": {mend, "the carrier wants the sender ID registered"},
		"30041": {mend, "the sender is not registered in that country"},
		"30042": {mend, "the sender ID is not the account's"},
		"30044": {refused, "too long for a trial account"},
	}
}

// serviceCodes are those of WhatsApp and other services, mostly in status callbacks.
func serviceCodes() map[string]meaning {
	return map[string]meaning{
		"63001": {mend, "the service does not take the account's credentials"},
		"63002": {mend, "the service does not know the sender"},
		"63003": {gone, "the service does not know the person"},
		"63005": {refused, "the service does not take what is in the message"},
		"63006": {refused, "the message has no form for this service"},
		"63007": {mend, "the account has no such sender on this service"},
		"63008": {mend, "the sender is not set up"},
		"63009": {later, "the service has an error"},
		"63010": {later, "an error inside Twilio"},
		"63011": {later, "an error inside Twilio"},
		"63012": {later, "the service has an error"},
		"63013": {refused, "against the rules of the service"},
		"63014": {gone, "the person blocked the sender"},
		"63015": {gone, "the person has not joined the sandbox"},
		"63016": {channels.ErrWindowClosed, "more than 24 hours after the person's last message, only a template is allowed"},
		"63017": {slower, "the rate limit is reached"},
		"63018": {slower, "the sender's rate limit is reached"},
		"63019": {refused, "Twilio could not fetch the media"},
		"63020": {mend, "the Meta business account has a problem"},
		"63021": {refused, "the service does not take what is in the message"},
		"63022": {mend, "the sender's name is not valid"},
		"63023": {later, "the service has an error"},
		"63024": {gone, "the person cannot get messages of this service"},
		"63026": {refused, "taken for spam"},
		"63027": {refused, "the template does not exist in that language"},
		"63028": {refused, "the template wants another number of values"},
		"63029": {refused, "the person's app could not load the template"},
		"63030": {refused, "a field does not go with this kind of message"},
		"63031": {refused, "sender and receiver are the same"},
		"63032": {gone, "WhatsApp does not take the message to this person"},
		"63033": {gone, "the person has opted out"},
		"63034": {refused, "the media are too large"},
		"63035": {gone, "the sender may not write to this person"},
		"63036": {gone, "the phone cannot be reached by RCS"},
		"63037": {later, "the service could not take the media"},
		"63038": {slower, "the account's limit of a day is reached"},
		"63040": {refused, "the template was rejected"},
		"63041": {refused, "the template is paused"},
		"63042": {refused, "the template is disabled"},
		"63049": {gone, "Meta chose not to deliver the marketing message"},
		"63050": {gone, "the person wants no marketing messages"},
		"63051": {mend, "the sender or its account is locked"},
		"63053": {later, "the template is not known everywhere yet"},
		"63054": {refused, "the template cannot be used"},
		"63055": {refused, "this sender sends marketing messages only"},
		"63056": {mend, "the account is of a kind that cannot do this"},
		"63058": {gone, "the business may not write to people in that country"},
		"63059": {mend, "the sender moved to another WhatsApp Business Account"},
		"63111": {mend, "WhatsApp does not find the sender"},
		"63112": {mend, "Meta disabled the WhatsApp Business Account"},
		"63117": {later, "the service is unavailable"},
		"63119": {slower, "Meta's rate limit is reached"},
		"63120": {mend, "the Meta business account is locked"},
	}
}
