package gateway

import (
	"encoding/json"
	"fmt"
)

// Ready is the READY event.
// https://docs.discord.com/developers/events/gateway-events#ready
type Ready struct {
	User struct {
		ID       string `json:"id"`
		Username string `json:"username"`
	} `json:"user"`
	Application struct {
		ID string `json:"id"`
	} `json:"application"`
	Shard   [2]int `json:"shard"` // its id, and how many there are; 0 of them where it is not told
	Session string `json:"session_id"`
	URL     string `json:"resume_gateway_url"`
}

// ReadReady reads a READY event. One that does not tell who the bot is begins
// no session: nothing that came after it could be understood.
func ReadReady(data json.RawMessage) (r Ready, err error) {
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("%w: reading READY: %w", ErrMalformed, err)
	}
	if r.User.ID == "" || r.Application.ID == "" || r.Session == "" {
		return r, fmt.Errorf("%w: a READY without the bot's user, its application or a session", ErrMalformed)
	}
	return r, nil
}
