package testserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// Limits of a message.
// https://docs.discord.com/developers/resources/message#create-message
const (
	maxContent   = 2000
	maxEmbeds    = 10
	maxEmbedText = 6000
	maxNonce     = 25
	maxV2Text    = 4000
	maxPoll      = 300
	maxAnswers   = 10
	maxAnswer    = 55
	maxPollHours = 768
)

// draft is a message as a request describes it. In an edit a nil field is one
// that the request left out.
type draft struct {
	content    *string
	embeds     *[]json.RawMessage
	components *[]json.RawMessage
	flags      *int
	v2         bool // the result has IS_COMPONENTS_V2
	tts        bool
	nonce      json.RawMessage
	enforce    bool
	allowed    *allowedMentions
	reference  *referenceIn
	poll       *Poll
	kept       *[]attachmentIn // the attachments field
	files      []upload
	texts      []string // of Components V2 text displays, for mentions
}

type referenceIn struct {
	Type            int    `json:"type"`
	MessageID       string `json:"message_id"`
	ChannelID       string `json:"channel_id"`
	GuildID         string `json:"guild_id"`
	FailIfNotExists *bool  `json:"fail_if_not_exists"`
}

type attachmentIn struct {
	ID          json.RawMessage `json:"id"`
	Filename    string          `json:"filename"`
	Description string          `json:"description"`
}

// form decodes a JSON object field by field and notes what does not fit.
type form struct {
	fields map[string]json.RawMessage
	formErrors
}

// newForm reads a JSON object; an empty body is an empty object.
func newForm(body []byte) (*form, error) {
	f := &form{}
	if len(bytes.TrimSpace(body)) == 0 {
		return f, nil
	}
	if !json.Valid(body) {
		return nil, errInvalidJSON()
	}
	if err := json.Unmarshal(body, &f.fields); err != nil {
		f.add("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
		return nil, f.err()
	}
	return f, nil
}

// has tells whether a field is there and not null.
func (f *form) has(name string) bool {
	raw, ok := f.fields[name]
	return ok && string(raw) != "null"
}

// read decodes a field into to and tells whether it was there and fitted. A
// field of a wrong type is noted.
func (f *form) read(name string, to any) bool {
	if !f.has(name) {
		return false
	}
	if err := json.Unmarshal(f.fields[name], to); err != nil {
		code, message := "BASE_TYPE_BAD_TYPE", fmt.Sprintf("Could not interpret %q.", name)
		switch to.(type) {
		case *string, **string:
			code, message = "STRING_TYPE_CONVERT", "Could not interpret value as string."
		case *int, **int:
			code, message = "NUMBER_TYPE_COERCE", "Value is not int."
		case *bool, **bool:
			code, message = "BOOLEAN_TYPE_CONVERT", "Must be either true or false."
		case *[]json.RawMessage:
			code, message = "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"
		default:
			if f.fields[name][0] != '[' && f.fields[name][0] != '{' {
				code, message = "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType"
			}
		}
		f.add(name, code, message)
		return false
	}
	return true
}

// parseDraft reads and checks a message body; flags are those of the message
// that it edits, 0 for a new one. Whether the result is empty is judged where
// it is sent or merged.
func parseDraft(body []byte, files []upload, flags int) (*draft, error) {
	f, err := newForm(body)
	if err != nil {
		return nil, err
	}
	d := &draft{files: files}
	d.readContent(f)
	var set int
	if f.read("flags", &set) {
		d.flags = &set
	}
	d.v2 = (flags|set)&FlagComponentsV2 != 0
	f.read("tts", &d.tts)
	f.read("enforce_nonce", &d.enforce)
	d.readNonce(f)
	d.readEmbeds(f)
	var ref referenceIn
	if f.read("message_reference", &ref) {
		d.reference = &ref
	}
	var kept []attachmentIn
	if f.read("attachments", &kept) {
		d.kept = &kept
	}
	d.readPoll(f)
	d.allowed = readAllowed(f)
	d.readComponents(f)
	if d.v2 {
		d.refuseLegacy(f)
	}
	return d, f.err()
}

// refuseLegacy notes what cannot stand beside Components V2.
// https://docs.discord.com/developers/components/reference#legacy-message-component-behavior
func (d *draft) refuseLegacy(f *form) {
	const code, message = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "The 'content', 'embeds', 'stickers' and 'poll' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2"
	if d.content != nil && *d.content != "" {
		f.add("content", code, message)
	}
	if d.embeds != nil && len(*d.embeds) > 0 {
		f.add("embeds", code, message)
	}
	if d.poll != nil {
		f.add("poll", code, message)
	}
}

func (d *draft) readContent(f *form) {
	raw, there := f.fields["content"]
	if !there {
		return
	}
	content := ""
	if string(raw) != "null" && !f.read("content", &content) {
		return
	}
	if utf8.RuneCountInString(content) > maxContent {
		f.tooLong("content", maxContent)
	}
	d.content = &content
}

func (d *draft) readNonce(f *form) {
	if !f.has("nonce") {
		return
	}
	raw := f.fields["nonce"]
	var text string
	var number int64
	switch {
	case json.Unmarshal(raw, &text) == nil:
		if utf8.RuneCountInString(text) > maxNonce {
			f.tooLong("nonce", maxNonce)
		}
	case json.Unmarshal(raw, &number) == nil:
	default:
		f.add("nonce", "NONCE_TYPE_COERCE", "Value must be a string or an integer.")
	}
	d.nonce = bytes.Clone(raw)
}

// readPoll checks a poll.
// https://docs.discord.com/developers/resources/poll#poll-create-request-object
func (d *draft) readPoll(f *form) {
	var in struct {
		Question PollMedia `json:"question"`
		Answers  []struct {
			Media PollMedia `json:"poll_media"`
		} `json:"answers"`
		Duration    *int `json:"duration"` // hours
		Multiselect bool `json:"allow_multiselect"`
		Layout      *int `json:"layout_type"`
	}
	if !f.read("poll", &in) {
		return
	}
	p := &Poll{Question: in.Question, Multiselect: in.Multiselect, Layout: 1, Results: pollResults{Counts: []any{}}}
	media := func(path, text string, most int) {
		if n := utf8.RuneCountInString(text); n < 1 || n > most {
			f.badLength(path+".text", 1, most)
		}
	}
	media("poll.question", in.Question.Text, maxPoll)
	if n := len(in.Answers); n < 1 || n > maxAnswers {
		f.badLength("poll.answers", 1, maxAnswers)
	}
	for i, a := range in.Answers {
		media(fmt.Sprintf("poll.answers.%d.poll_media", i), a.Media.Text, maxAnswer)
		p.Answers = append(p.Answers, PollAnswer{i + 1, a.Media})
	}
	hours := 24
	if in.Duration != nil {
		hours = *in.Duration
	}
	if hours < 1 || hours > maxPollHours {
		f.add("poll.duration", "NUMBER_TYPE_MAX", "int value should be between 1 and %d.", maxPollHours)
	}
	if in.Layout != nil && *in.Layout != p.Layout {
		f.add("poll.layout_type", "BASE_TYPE_CHOICES", "Value must be one of (1,).")
	}
	p.Expiry = timestamp(time.Now().Add(time.Duration(hours) * time.Hour))
	d.poll = p
}

type embedIn struct {
	Title       string  `json:"title"`
	Description string  `json:"description"`
	URL         string  `json:"url"`
	Timestamp   *string `json:"timestamp"`
	Color       *int    `json:"color"`
	Footer      *struct {
		Text    string `json:"text"`
		IconURL string `json:"icon_url"`
	} `json:"footer"`
	Author *struct {
		Name    string `json:"name"`
		URL     string `json:"url"`
		IconURL string `json:"icon_url"`
	} `json:"author"`
	Image     *struct{ URL string } `json:"image"`
	Thumbnail *struct{ URL string } `json:"thumbnail"`
	Fields    []embedField          `json:"fields"`
}

type embedField struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline"`
}

// readEmbeds checks embeds against their limits.
// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
func (d *draft) readEmbeds(f *form) {
	if raw, there := f.fields["embeds"]; there && string(raw) == "null" {
		d.embeds = &[]json.RawMessage{}
		return
	}
	var raws []json.RawMessage
	if !f.read("embeds", &raws) {
		return
	}
	if len(raws) > maxEmbeds {
		f.add("embeds", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxEmbeds)
		return
	}
	total := 0
	kept := make([]json.RawMessage, 0, len(raws))
	for i, raw := range raws {
		var e embedIn
		path := fmt.Sprintf("embeds.%d", i)
		if err := json.Unmarshal(raw, &e); err != nil {
			f.add(path, "MODEL_TYPE_CONVERT", "Could not interpret the embed.")
			continue
		}
		total += checkEmbed(f, path, &e)
		kept = append(kept, richEmbed(raw))
	}
	if total > maxEmbedText {
		f.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of %d", maxEmbedText)
	}
	d.embeds = &kept
}

// checkEmbed notes an embed's faults and returns its count of characters.
func checkEmbed(f *form, path string, e *embedIn) int {
	total := 0
	limit := func(field, text string, most int) {
		n := utf8.RuneCountInString(text)
		total += n
		if n > most {
			f.tooLong(path+"."+field, most)
		}
	}
	limit("title", e.Title, 256)
	limit("description", e.Description, 4096)
	if e.Footer != nil {
		limit("footer.text", e.Footer.Text, 2048)
	}
	if e.Author != nil {
		limit("author.name", e.Author.Name, 256)
	}
	if len(e.Fields) > 25 {
		f.add(path+".fields", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
	}
	for i, field := range e.Fields {
		at := fmt.Sprintf("fields.%d.", i)
		limit(at+"name", field.Name, 256)
		limit(at+"value", field.Value, 1024)
		if field.Name == "" {
			f.required(path + "." + at + "name")
		}
		if field.Value == "" {
			f.required(path + "." + at + "value")
		}
	}
	if e.Color != nil && (*e.Color < 0 || *e.Color > 0xffffff) {
		f.add(path+".color", "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
	}
	if total == 0 && e.Image == nil && e.Thumbnail == nil && e.URL == "" {
		f.required(path + ".description")
	}
	return total
}

// richEmbed is an embed as Discord answers with it: type rich, no nulls.
func richEmbed(raw json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return raw
	}
	for key, value := range fields {
		if string(value) == "null" || string(value) == `""` {
			delete(fields, key)
		}
	}
	var inner []embedField
	if json.Unmarshal(fields["fields"], &inner) == nil && inner != nil {
		fields["fields"] = marshal(inner) // with the default of inline
	}
	fields["type"] = json.RawMessage(`"rich"`)
	return marshal(fields)
}

// marshal encodes a value made of decoded JSON, which cannot fail.
func marshal(v any) json.RawMessage {
	data, err := encodeJSON(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return data
}
